"""`GET /api/telemetry/data/`: measurements, page by page."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared.auth.drf import needs, principal_of
from shared.auth.principal import Principal
from shared.errors import Forbidden, invalid
from shared.web.field_errors import RIGHT
from shared.web.pages import Page, page_body, read_page
from shared.web.serializers import StrictQuery
from telemetry_service.measurements.quality import Quality, reason_names
from telemetry_service.measurements.queries import Row, Wanted, measurements, units
from telemetry_service.points.queries import known_points

MOST_ROWS = 10_000
MOST_POINTS = 500
QUALITIES = [quality.value for quality in Quality]
LABELS = {quality.value: quality.label for quality in Quality}


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


class DataQuery(StrictQuery):
    points = Listed(serializers.UUIDField(error_messages={"invalid": f"no es un UUID{RIGHT}UUID separados por comas"}))
    variables = Listed(serializers.CharField(max_length=40))
    to = Instant(required=False)
    quality = Listed(serializers.ChoiceField(choices=QUALITIES))
    limit = serializers.CharField(required=False)  # these two are read by `read_page`
    cursor = serializers.CharField(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | {"from": Instant(required=False)}

    def validate_variables(self, value: list[str]) -> list[str]:
        unknown = [code for code in value if code not in units()]
        if unknown:
            raise serializers.ValidationError(
                f"variable desconocida: {', '.join(unknown)}{RIGHT}una de {', '.join(units())}"
            )
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, end = attrs.get("from"), attrs.get("to")
        if start and end and start >= end:
            raise serializers.ValidationError({"to": f"no es posterior a «from»{RIGHT}un instante posterior"})
        return attrs


class Data(APIView):
    permission_classes = [needs("telemetry:read")]

    def get(self, request: Request) -> Response:
        query = DataQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        page = read_page(request, default=1000, most=MOST_ROWS)
        wanted = _wanted(query.validated_data, principal_of(request))
        rows = measurements(wanted, after=_key(page), limit=page.limit + 1)
        body = page_body(rows, limit=page.limit, key=lambda row: (row.point_id, row.variable, row.time.isoformat()))
        return Response({**body, "results": [shown(row) for row in body["results"]]})


def shown(row: Row) -> dict[str, Any]:
    return {
        "point": row.point_id,
        "variable": row.variable,
        "time": iso(row.time),
        "value": row.value,
        "unit": units().get(row.variable, ""),
        "quality": row.quality,
        "quality_label": LABELS[row.quality],
        "reasons": reason_names(row.reasons) if row.reasons else [],
        "source": row.source_id,
        "config_version": row.config_version,
        "known_since": iso(row.known_since),
    }


def iso(at: datetime) -> str:
    """Of an instant in UTC, as the database gives them."""
    return at.isoformat().replace("+00:00", "Z")


def visible_points(asked: list[UUID] | None, principal: Principal) -> list[UUID]:
    """The points asked for, or all that the principal may see."""
    if asked is None:
        return sorted(principal.points if principal.points is not None else known_points())
    hidden = [point for point in asked if not principal.may_see(point)]
    if hidden:
        raise Forbidden(f"Sin acceso al punto {hidden[0]}.")
    return asked


def _wanted(asked: dict[str, Any], principal: Principal) -> Wanted:
    return Wanted(
        points=visible_points(asked.get("points"), principal),
        variables=asked.get("variables") or sorted(units()),
        start=asked.get("from"),
        end=asked.get("to"),
        qualities=asked.get("quality", []),
    )


def _key(page: Page) -> tuple[UUID, str, datetime] | None:
    if page.after is None:
        return None
    try:
        point, variable, time = page.after
        return UUID(point), str(variable), datetime.fromisoformat(time)
    except (ValueError, TypeError, AttributeError) as error:
        raise invalid("cursor", "no es un cursor de esta lista", expected="el «next» de la página anterior") from error
