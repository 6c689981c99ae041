"""What queries of measurements are made of: lists of points and variables, instants, and who may see what."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers

from shared.auth.principal import Principal
from shared.errors import Forbidden
from shared.web.field_errors import RIGHT
from shared.web.serializers import StrictQuery
from telemetry_service.measurements.queries import units
from telemetry_service.points.queries import known_points

MOST_POINTS = 1000


class Listed(serializers.Field[list[Any], str, str, Any]):
    """Values separated by commas, each once, in ascending order."""

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


class SeriesQuery(StrictQuery):
    """Points and variables, by default all that the asker may see."""

    points = Listed(serializers.UUIDField(error_messages={"invalid": f"no es un UUID{RIGHT}UUID separados por comas"}))
    variables = Listed(serializers.CharField(max_length=40))

    def validate_variables(self, value: list[str]) -> list[str]:
        unknown = [code for code in value if code not in units()]
        if unknown:
            raise serializers.ValidationError(
                f"variable desconocida: {', '.join(unknown)}{RIGHT}una de {', '.join(units())}"
            )
        return value


class IntervalQuery(SeriesQuery):
    """`from` (included) and `to` (not), and a page."""

    to = Instant(required=False)
    limit = serializers.CharField(required=False)  # these two are read by `read_page`
    cursor = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | {"from": Instant(required=False)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return in_order(attrs)


def in_order(asked: dict[str, Any]) -> dict[str, Any]:
    start, end = asked.get("from"), asked.get("to")
    if start and end and start >= end:
        raise serializers.ValidationError({"to": f"no es posterior a «from»{RIGHT}un instante posterior"})
    return asked


def visible_points(asked: list[UUID] | None, principal: Principal) -> list[UUID]:
    """The points asked for, or all that the principal may see."""
    if asked is None:
        return sorted(principal.points if principal.points is not None else known_points())
    hidden = [point for point in asked if not principal.may_see(point)]
    if hidden:
        raise Forbidden(f"Sin acceso al punto {hidden[0]}.")
    return asked


def iso(at: datetime) -> str:
    """Of an instant in UTC, as the database gives them."""
    return at.isoformat().replace("+00:00", "Z")
