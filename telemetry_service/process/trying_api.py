"""Trying thresholds over HTTP, before they are written into a point's configuration."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import clock
from shared.auth.drf import needs, principal_of
from shared.web.serializers import StrictSerializer
from telemetry_service.measurements.fields import iso
from telemetry_service.process.api import known_point
from telemetry_service.process.trial import Example, Fired, Trial
from telemetry_service.process.trying import JUDGED, MOST_DAYS, try_thresholds


class TryRequest(StrictSerializer):
    """`tests`: as a configuration has them under `quality` for the variable, see docs/quality.md."""

    point = serializers.UUIDField()
    variable = serializers.ChoiceField(choices=JUDGED)
    tests = serializers.JSONField()
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, default=MOST_DAYS)


class TryRules(APIView):
    permission_classes = [needs("telemetry:read")]

    def post(self, request: Request) -> Response:
        """Reads only: nothing is stored, and no measurement changes."""
        asked = TryRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        point_id = known_point(said["point"], principal_of(request))
        trial = try_thresholds(
            point_id=point_id, variable=said["variable"], said=said["tests"], days=said["days"], now=clock.now()
        )
        return Response({"point": str(point_id), "variable": said["variable"], "days": said["days"], **shown(trial)})


def shown(trial: Trial) -> dict[str, Any]:
    return {
        "readings": trial.readings,
        "good": trial.good,
        "good_now": trial.good_now,
        "held": trial.held,
        "freed": trial.freed,
        "fired": [_fired(one) for one in trial.fired],
    }


def _fired(fired: Fired) -> dict[str, Any]:
    return {
        "reason": fired.reason,
        "readings": fired.readings,
        "readings_now": fired.readings_now,
        "days": fired.days,
        "examples": [_example(one) for one in fired.examples],
    }


def _example(one: Example) -> dict[str, Any]:
    return {
        "time": iso(one.time),
        "value": one.value,
        "quality": int(one.quality),
        "quality_now": int(one.quality_now),
    }
