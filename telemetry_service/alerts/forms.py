"""What queries and bodies about alerts must look like."""

from typing import Any

from rest_framework import serializers

from shared.web.serializers import StrictSerializer
from telemetry_service.alerts.kinds import Kind, Severity
from telemetry_service.alerts.states import AlertState
from telemetry_service.measurements.fields import Instant, Listed, in_order, known_variables
from telemetry_service.points.forms import AreaQuery

Fields = dict[str, serializers.Field[Any, Any, Any, Any]]


class AlertsQuery(AreaQuery):
    """`from` (included) and `to` (not): when they were opened."""

    state = Listed(serializers.ChoiceField(choices=AlertState.values()))
    kind = Listed(serializers.ChoiceField(choices=Kind.values()))
    severity = Listed(serializers.ChoiceField(choices=Severity.values()))
    variables = Listed(serializers.CharField(max_length=40))
    to = Instant(required=False)
    limit = serializers.CharField(required=False)  # these two are read by `read_page`
    cursor = serializers.CharField(required=False)

    def get_fields(self) -> Fields:
        return super().get_fields() | {"from": Instant(required=False)}

    def validate_variables(self, value: list[str]) -> list[str]:
        return known_variables(value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return in_order(super().validate(attrs))


class Taking(StrictSerializer):
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=1000)


class Closing(StrictSerializer):
    """Who closes an alert whose cause is still there says why."""

    note = serializers.CharField(max_length=1000)
