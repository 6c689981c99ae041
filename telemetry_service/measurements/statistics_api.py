"""`GET /api/telemetry/statistics/`: what the measurements of an interval look like."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared.auth.drf import needs, principal_of
from shared.web.field_errors import RIGHT
from shared.web.replica import reads_replica
from telemetry_service.measurements.fields import Instant, Listed, SeriesQuery, in_order, iso, visible_points
from telemetry_service.measurements.quality import LABELS, Quality
from telemetry_service.measurements.queries import units
from telemetry_service.measurements.rollups import ZONES
from telemetry_service.measurements.statistics import WINDOWS, Statistics, StatisticsWanted, statistics

PERCENTILES = [5.0, 25.0, 50.0, 75.0, 95.0]


class StatisticsQuery(SeriesQuery):
    """Figures over the measurements of `quality`, by default the good ones, of each `window` in a zone."""

    to = Instant()
    window = serializers.ChoiceField(choices=list(WINDOWS), default="all")
    zone = serializers.ChoiceField(choices=list(ZONES), default="utc")
    quality = Listed(serializers.ChoiceField(choices=list(LABELS)))
    percentiles = Listed(serializers.FloatField(min_value=0, max_value=100), most=20)
    as_of = Instant(required=False)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | {"from": Instant()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        asked = in_order(super().validate(attrs))
        if not asked.get("points") and not asked.get("area") and not asked.get("variables"):
            problem = f"la consulta no tiene límite{RIGHT}«points», «bbox», «near» o «variables»"
            raise serializers.ValidationError({"points": problem})
        return asked


class StatisticsOf(APIView):
    """Counts by quality, extremes, mean, spread and percentiles, by series and window."""

    permission_classes = [needs("telemetry:read")]

    @reads_replica
    def get(self, request: Request) -> Response:
        query = StatisticsQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        wanted = StatisticsWanted(
            points=visible_points(asked.get("points"), principal_of(request), area=asked.get("area")),
            variables=asked.get("variables") or sorted(units()),
            start=asked["from"],
            end=asked["to"],
            window=asked["window"],
            zone=asked["zone"],
            qualities=asked.get("quality", [Quality.GOOD.value]),
            percentiles=asked.get("percentiles", PERCENTILES),
            as_of=asked.get("as_of"),
        )
        return Response({"zone": wanted.zone, "results": [_shown(one) for one in statistics(wanted)]})


def _shown(one: Statistics) -> dict[str, Any]:
    return {
        "point": one.point_id,
        "variable": one.variable,
        "unit": units().get(one.variable, ""),
        "window": one.window and iso(one.window),
        "measurements": one.measurements,
        "by_quality": {LABELS[quality]: count for quality, count in one.by_quality.items()},
        "count": one.count,
        "min": one.min,
        "max": one.max,
        "mean": one.mean,
        "sd": one.sd,
        "percentiles": {f"p{percentile:g}": value for percentile, value in one.percentiles.items()},
    }
