"""What queries and bodies about gaps must look like."""

from typing import Any

from rest_framework import serializers

from shared.web.field_errors import RIGHT
from shared.web.serializers import StrictSerializer
from telemetry_service.gaps.days import ZONES
from telemetry_service.gaps.rhythm import TOLERANCE
from telemetry_service.gaps.states import BY_A_PERSON, Cause, GapState
from telemetry_service.measurements.fields import Instant, Listed, SeriesQuery, in_order
from telemetry_service.points.forms import Ids

Fields = dict[str, serializers.Field[Any, Any, Any, Any]]


class CompletenessQuery(SeriesQuery):
    """`from` and `to` are local days of the zone, both included."""

    sources = Ids()
    to = serializers.DateField(required=False)
    zone = serializers.ChoiceField(choices=list(ZONES), default="santiago")
    limit = serializers.CharField(required=False)  # these two are read by `read_page`
    cursor = serializers.CharField(required=False)

    def get_fields(self) -> Fields:
        return super().get_fields() | {"from": serializers.DateField(required=False)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        attrs = super().validate(attrs)
        if attrs.get("from") and attrs.get("to") and attrs["from"] > attrs["to"]:
            raise serializers.ValidationError({"to": f"es anterior a «from»{RIGHT}el mismo día o uno posterior"})
        return attrs


class GapsQuery(SeriesQuery):
    state = Listed(serializers.ChoiceField(choices=GapState.values()))
    key = serializers.CharField(required=False, max_length=100)
    to = Instant(required=False)
    limit = serializers.CharField(required=False)
    cursor = serializers.CharField(required=False)

    def get_fields(self) -> Fields:
        named: Fields = {"source": serializers.UUIDField(required=False), "from": Instant(required=False)}
        return super().get_fields() | named

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return in_order(super().validate(attrs))


class Search(StrictSerializer):
    keys = serializers.ListField(child=serializers.CharField(max_length=100), required=False, max_length=100)
    to = Instant()

    def get_fields(self) -> Fields:
        return super().get_fields() | {"source": serializers.UUIDField(), "from": Instant()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return in_order(attrs)


class Closing(StrictSerializer):
    reason = serializers.ChoiceField(choices=[cause.value for cause in BY_A_PERSON])
    note = serializers.CharField(required=False, allow_blank=True, default="", max_length=1000)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["reason"] == Cause.OTHER and not attrs["note"]:
            raise serializers.ValidationError({"note": f"falta: «other» no dice nada por sí solo{RIGHT}un texto"})
        return attrs


class NewRhythm(StrictSerializer):
    """From `from` on the source measures every `cadence_s` (null: as its readings show)."""

    cadence_s = serializers.IntegerField(min_value=1, max_value=31 * 86_400, allow_null=True)
    tolerance_pct = serializers.IntegerField(min_value=110, max_value=1000, default=TOLERANCE)

    def get_fields(self) -> Fields:
        return super().get_fields() | {"source": serializers.UUIDField(), "from": Instant()}
