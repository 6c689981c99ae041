"""What comes in about sources."""

from typing import Any

from rest_framework import serializers

from shared.web.field_errors import RIGHT
from shared.web.serializers import StrictSerializer
from telemetry_service.raw.variables import COLLECTED

KEY = r"^[^,\s\x00-\x1f](?:[^,\x00-\x1f]*[^,\s\x00-\x1f])?$"  # a comma separates keys in a request


class Params(serializers.DictField):
    child = serializers.CharField(max_length=500)


class ChangedParams(serializers.DictField):
    child = serializers.CharField(max_length=500, allow_null=True)


class Mapped(StrictSerializer):
    key = serializers.RegexField(KEY, max_length=100)
    variable = serializers.ChoiceField(choices=[code.value for code in COLLECTED])
    params = Params(default=dict)


class Pace(StrictSerializer):
    """How often, how far back, and how it stands to the point's other sources."""

    period_s = serializers.IntegerField(min_value=60, max_value=86_400, required=False)
    phase_s = serializers.IntegerField(min_value=0, required=False, allow_null=True)
    cadence_s = serializers.IntegerField(min_value=1, max_value=604_800, required=False, allow_null=True)
    fallback_rank = serializers.IntegerField(min_value=0, max_value=99, required=False)
    history_from = serializers.DateTimeField(required=False, allow_null=True)

    def validate_variables(self, value: list[dict[str, Any]]) -> list[dict[str, Any]]:
        for name in ("key", "variable"):
            said = [item[name] for item in value]
            twice = sorted({item for item in said if said.count(item) > 1})
            if twice:
                raise serializers.ValidationError(f"{name} repetido: {', '.join(twice)}{RIGHT}cada uno una sola vez")
        return value


class NewSource(Pace):
    provider = serializers.UUIDField()
    point = serializers.UUIDField()
    params = Params(default=dict)
    variables = Mapped(many=True, allow_empty=False)
    period_s = serializers.IntegerField(min_value=60, max_value=86_400, default=300)
    activate = serializers.BooleanField(default=False)

    def plan(self) -> dict[str, Any]:
        """As plans.make_plan takes it."""
        said = self.validated_data
        return {
            "provider_id": said["provider"],
            "point_id": said["point"],
            "params": said["params"],
            "variables": mapping(said["variables"]),
            "variable_params": overrides(said["variables"]),
            "period_s": said["period_s"],
            "phase_s": said.get("phase_s"),
            "cadence_s": said.get("cadence_s"),
            "fallback_rank": said.get("fallback_rank", 0),
            "history_from": said.get("history_from"),
        }


class SourceBody(Pace):
    """A change: what is not said stays."""

    params = ChangedParams(default=dict)
    variables = Mapped(many=True, allow_empty=False, required=False)
    withdraw = serializers.ListField(child=serializers.CharField(max_length=100), default=list)


class Reason(StrictSerializer):
    reason = serializers.CharField(max_length=500)


def mapping(variables: list[dict[str, Any]]) -> dict[str, str]:
    return {item["key"]: item["variable"] for item in variables}


def overrides(variables: list[dict[str, Any]]) -> dict[str, dict[str, str]]:
    return {item["key"]: item["params"] for item in variables if item["params"]}
