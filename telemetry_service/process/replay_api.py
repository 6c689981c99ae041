"""A dry run over HTTP: what would differ, before anybody asks for it to be done."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared.auth.drf import needs, principal_of
from shared.web.serializers import StrictSerializer
from telemetry_service.measurements.fields import Instant, in_order, iso
from telemetry_service.measurements.quality import reason_names
from telemetry_service.process.api import known_point
from telemetry_service.process.readings import Measured
from telemetry_service.process.replay import EXAMPLES, Replay, Supposed, replay

MOST_ROWS = 10_000


class SupposedConfig(StrictSerializer):
    """A configuration as Core would take it, and from when on it would hold."""

    config = serializers.DictField()
    valid_from = Instant()


class ReplayRequest(StrictSerializer):
    point = serializers.UUIDField()
    to = Instant()
    suppose = SupposedConfig(required=False)
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, required=False, default=EXAMPLES)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | {"from": Instant()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return in_order(attrs)


class ReplayView(APIView):
    permission_classes = [needs("telemetry:read")]

    def post(self, request: Request) -> Response:
        """Reads only: nothing is stored, and no measurement changes. To do it, ask for the point's processing."""
        asked = ReplayRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        point_id = known_point(said["point"], principal_of(request))
        supposed = Supposed(**said["suppose"]) if "suppose" in said else None
        found = replay(point_id=point_id, start=said["from"], end=said["to"], supposed=supposed, most=said["limit"])
        return Response({"point": str(point_id), **shown(found)})


def shown(found: Replay) -> dict[str, Any]:
    """`rows` are the first `limit` that differ."""
    rows = [
        {"variable": one.variable, "time": iso(one.time), "before": _row(one.before), "after": _row(one.after)}
        for one in found.rows
    ]
    return {"new": found.new, "changed": found.changed, "gone": found.gone, "same": found.same, "rows": rows}


def _row(row: Measured | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {"value": row.value, "quality": int(row.quality), "reasons": reason_names(row.reasons)}
