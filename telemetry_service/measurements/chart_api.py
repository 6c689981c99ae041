"""`GET /api/telemetry/chart/`: one series with as many points as a chart is wide."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared.auth.drf import needs, principal_of
from shared.errors import invalid
from shared.web.field_errors import RIGHT
from shared.web.replica import reads_replica
from shared.web.serializers import StrictQuery
from telemetry_service.measurements.charts import METHODS, MOST_READ, chart
from telemetry_service.measurements.fields import Instant, Listed, in_order, iso, visible_points
from telemetry_service.measurements.quality import Quality
from telemetry_service.measurements.queries import units


class ChartQuery(StrictQuery):
    point = serializers.UUIDField()
    variable = serializers.CharField(max_length=40)
    to = Instant()
    quality = Listed(serializers.ChoiceField(choices=[quality.value for quality in Quality]))
    method = serializers.ChoiceField(choices=list(METHODS), default="minmax")
    width = serializers.IntegerField(min_value=4, max_value=10_000, default=2000)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | {"from": Instant()}

    def validate_variable(self, value: str) -> str:
        if value not in units():
            raise serializers.ValidationError(f"variable desconocida{RIGHT}una de {', '.join(units())}")
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return in_order(attrs)


class Chart(APIView):
    """One series with as many points as a chart is wide."""

    permission_classes = [needs("telemetry:read")]

    @reads_replica
    def get(self, request: Request) -> Response:
        query = ChartQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        (point,) = visible_points([asked["point"]], principal_of(request))
        drawn = chart(
            point=point,
            variable=asked["variable"],
            start=asked["from"],
            end=asked["to"],
            qualities=asked.get("quality", [Quality.GOOD.value]),
            method=asked["method"],
            most=asked["width"],
        )
        if drawn is None:
            raise invalid("from", f"el intervalo tiene más de {MOST_READ} mediciones", expected="uno más corto")
        pairs = [[iso(at), value] for at, value in drawn]
        return Response({"unit": units()[asked["variable"]], "pairs": pairs})
