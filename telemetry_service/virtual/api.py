"""`/api/telemetry/formulas/try/`: a virtual variable on a point's past, before it is written into a configuration."""

from math import isfinite
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import clock
from shared.auth.drf import needs, principal_of
from shared.errors import NotFound
from shared.web.field_errors import RIGHT
from shared.web.serializers import StrictSerializer
from telemetry_service.measurements.fields import iso, visible_points
from telemetry_service.measurements.quality import reason_names
from telemetry_service.points.queries import known_points
from telemetry_service.virtual.definitions import Missing
from telemetry_service.virtual.judging import Supposed, SupposedJudges
from telemetry_service.virtual.trial import Example, Would
from telemetry_service.virtual.trying import MOST_DAYS, try_formula

LONGEST_HOLD_S, LONGEST_TOLERANCE_S = 7 * 86_400, 3_600
CODE = r"^[a-z][a-z0-9_]{0,39}$"


class Definition(StrictSerializer):
    """As under `virtual_variables` in a configuration, see docs/schemas.md."""

    formula = serializers.CharField(max_length=500)
    unit = serializers.CharField(max_length=20, allow_blank=True)
    name = serializers.CharField(max_length=100, required=False)
    missing = serializers.ChoiceField(choices=[one.value for one in Missing], required=False)
    hold_s = serializers.IntegerField(min_value=0, max_value=LONGEST_HOLD_S, required=False)
    tolerance_s = serializers.IntegerField(min_value=0, max_value=LONGEST_TOLERANCE_S, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        holds = attrs.get("missing") == Missing.HOLD
        if holds != bool(attrs.get("hold_s")):
            said = f"va junto con missing: hold{RIGHT}los dos, o ninguno"
            raise serializers.ValidationError({"hold_s": said})
        return attrs


class TryRequest(StrictSerializer):
    point = serializers.UUIDField()
    variable = serializers.RegexField(CODE)
    definition = Definition()
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, default=MOST_DAYS)
    quality = serializers.DictField(required=False)
    limits = serializers.ListField(child=serializers.FloatField(), min_length=2, max_length=2, required=False)

    def validate_limits(self, value: list[float]) -> list[float]:
        if not (isfinite(value[0]) and isfinite(value[1]) and value[0] < value[1]):
            raise serializers.ValidationError(f"no es un par de límites{RIGHT}[mínimo, máximo], con mínimo < máximo")
        return value


class TryFormula(APIView):
    """`judges`: the quality tests; they lie above this folder."""

    permission_classes = [needs("telemetry:read")]
    judges: SupposedJudges | None = None

    def post(self, request: Request) -> Response:
        """Reads only: what the formula would have given, how much would be missing, and on which days.

        Judged by the thresholds that the point has for the variable, or by `quality` and `limits` as they would be in
        its configuration: what is shown is what would be stored.
        """
        asked = TryRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        (point_id,) = visible_points([said["point"]], principal_of(request))
        if not known_points([point_id]):
            raise NotFound("No existe ese punto.")
        code, days = said["variable"], said["days"]
        judge = self.judges(point_id, code, _supposed(said)) if self.judges else None
        found = try_formula(
            point_id=point_id, code=code, said=said["definition"], days=days, now=clock.now(), judge=judge
        )
        return Response({"point": str(point_id), "variable": code, "days_looked_at": days, **shown(found)})


def _supposed(said: dict[str, Any]) -> Supposed:
    low_high = said.get("limits")
    return Supposed(said.get("quality"), (low_high[0], low_high[1]) if low_high else None)


def shown(found: Would) -> dict[str, Any]:
    return {
        "instants": found.instants,
        "good": found.good,
        "missing": found.missing,
        "now": found.now,
        "changed": found.changed,
        "values": {"min": found.values.least, "max": found.values.most, "mean": found.values.mean},
        "reasons": found.reasons,
        "missing_by_day": found.days,
        "examples": [_example(one) for one in found.examples],
        "missing_examples": [_example(one) for one in found.missing_examples],
    }


def _example(one: Example) -> dict[str, Any]:
    return {"time": iso(one.time), "value": one.value, "quality": one.quality, "reasons": reason_names(one.reasons)}
