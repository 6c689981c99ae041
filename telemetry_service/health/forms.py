"""What queries and bodies about devices must look like."""

from typing import Any

from rest_framework import serializers

from shared.web.serializers import StrictQuery, StrictSerializer
from telemetry_service.health.condition import Condition
from telemetry_service.measurements.fields import Listed
from telemetry_service.points.forms import AreaQuery, Ids

LONGEST_S = 366 * 86_400


class HealthQuery(AreaQuery):
    sources = Ids()
    condition = Listed(serializers.ChoiceField(choices=Condition.values()))
    limit = serializers.CharField(required=False)  # these two are read by `read_page`
    cursor = serializers.CharField(required=False)


class PointsQuery(AreaQuery):
    limit = serializers.CharField(required=False)
    cursor = serializers.CharField(required=False)


class PageQuery(StrictQuery):
    limit = serializers.CharField(required=False)
    cursor = serializers.CharField(required=False)


def _number(low: float, high: float) -> serializers.FloatField:
    return serializers.FloatField(min_value=low, max_value=high, allow_null=True, default=None)


def _seconds(low: int) -> serializers.IntegerField:
    return serializers.IntegerField(min_value=low, max_value=LONGEST_S, allow_null=True, default=None)


class NewLimits(StrictSerializer):
    """Of a source, or of all where it is null. What is left out or null is as usual."""

    late_periods = _number(1, 1000)
    offline_periods = _number(1, 1000)
    offline_s = _seconds(60)
    stale_s = _seconds(60)
    drift_s = _seconds(1)
    battery_pct = _number(0, 100)
    battery_v = _number(0, 1000)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | {"source": serializers.UUIDField(allow_null=True)}
