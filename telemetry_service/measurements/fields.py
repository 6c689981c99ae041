"""What queries of measurements are made of: lists of points and variables, instants, and who may see what."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers

from shared.auth.principal import Principal
from shared.errors import Forbidden
from shared.web.field_errors import RIGHT
from telemetry_service.measurements.queries import units
from telemetry_service.points.forms import MOST_POINTS, AreaQuery
from telemetry_service.points.geometry import Area
from telemetry_service.points.queries import point_ids


class Listed(serializers.Field[list[Any], str, str, Any]):
    """Values separated by commas, each once, in ascending order."""

    @property
    def openapi(self) -> dict[str, Any]:
        choices = getattr(self.child, "choices", None)
        return {"type": "string", "example": ",".join(map(str, list(choices)[:2]))} if choices else {"type": "string"}

    def __init__(self, child: serializers.Field[Any, Any, Any, Any], *, most: int = MOST_POINTS) -> None:
        super().__init__(required=False)
        self.child, self.most = child, most

    def to_internal_value(self, data: str) -> list[Any]:
        parts = [part.strip() for part in data.split(",")]
        if len(parts) > self.most:
            raise serializers.ValidationError(f"demasiados valores{RIGHT}a lo más {self.most}")
        return sorted({self.child.run_validation(part) for part in parts})


class Instant(serializers.Field[datetime, str, str, Any]):
    """An ISO instant with its offset: a naive one is a wrong reading."""

    openapi = {"type": "string", "format": "date-time", "example": "2024-03-25T17:00:00Z"}

    def to_internal_value(self, data: str) -> datetime:
        try:
            at = datetime.fromisoformat(data)
        except (ValueError, TypeError) as error:
            raise serializers.ValidationError(f"no es un instante{RIGHT}2024-03-25T17:00:00Z") from error
        if at.tzinfo is None:
            raise serializers.ValidationError(f"falta la zona horaria{RIGHT}2024-03-25T17:00:00Z")
        try:
            return at.astimezone(UTC)
        except OverflowError as error:
            raise serializers.ValidationError(f"fuera del calendario{RIGHT}2024-03-25T17:00:00Z") from error


def known_variables(codes: list[str]) -> list[str]:
    unknown = [code for code in codes if code not in units()]
    if unknown:
        raise serializers.ValidationError(
            f"variable desconocida: {', '.join(unknown)}{RIGHT}una de {', '.join(units())}"
        )
    return codes


class SeriesQuery(AreaQuery):
    """Points, by id or by where they lie, and variables; by default all that the asker may see."""

    variables = Listed(serializers.CharField(max_length=40))

    def validate_variables(self, value: list[str]) -> list[str]:
        return known_variables(value)


class IntervalQuery(SeriesQuery):
    """`from` (included) and `to` (not), and a page."""

    to = Instant(required=False)
    limit = serializers.CharField(required=False)  # these two are read by `read_page`
    cursor = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | {"from": Instant(required=False)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return in_order(super().validate(attrs))


def in_order(asked: dict[str, Any]) -> dict[str, Any]:
    start, end = asked.get("from"), asked.get("to")
    if start and end and start >= end:
        raise serializers.ValidationError({"to": f"no es posterior a «from»{RIGHT}un instante posterior"})
    return asked


def visible_points(asked: list[UUID] | None, principal: Principal, *, area: Area | None = None) -> list[UUID]:
    """The points asked for, or all that the principal may see; of them those in the area."""
    if asked is None:
        seen = sorted(principal.points) if principal.points is not None else None
        return seen if seen is not None and area is None else point_ids(points=seen, area=area)
    hidden = [point for point in asked if not principal.may_see(point)]
    if hidden:
        raise Forbidden(f"Sin acceso al punto {hidden[0]}.")
    return asked if area is None else point_ids(points=asked, area=area)


def asked_points(asked: Mapping[str, Any], principal: Principal) -> list[UUID] | None:
    """As `visible_points`, of a query's points and area; None where nobody is kept out and nothing was asked for."""
    points, area = asked.get("points"), asked.get("area")
    if points is None and area is None and principal.points is None:
        return None
    return visible_points(points, principal, area=area)


def iso(at: datetime) -> str:
    """Of an instant in UTC, as the database gives them."""
    return at.isoformat().replace("+00:00", "Z")
