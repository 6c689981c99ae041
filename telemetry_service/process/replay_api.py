"""A dry run over HTTP: what would differ, before anybody asks for it to be done."""

from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import clock
from shared.auth.drf import needs, principal_of
from shared.web.field_errors import RIGHT
from shared.web.serializers import StrictSerializer
from telemetry_service.measurements.fields import Instant, in_order, iso
from telemetry_service.measurements.quality import reason_names
from telemetry_service.process import resume
from telemetry_service.process.api import known_point
from telemetry_service.process.readings import Measured
from telemetry_service.process.replay import EXAMPLES, Replay, replay
from telemetry_service.process.resume import Supposed

MOST_ROWS = 10_000


class SupposedConfig(StrictSerializer):
    """A configuration as Core would take it, and from when on it would hold."""

    config = serializers.DictField()
    valid_from = Instant()


class ReplayRequest(StrictSerializer):
    point = serializers.UUIDField()
    to = Instant()
    suppose = SupposedConfig(required=False)
    resume = serializers.CharField(required=False, max_length=10_000)
    limit = serializers.IntegerField(min_value=1, max_value=MOST_ROWS, required=False, default=EXAMPLES)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | {"from": Instant()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "resume" in attrs and "suppose" not in attrs:
            raise serializers.ValidationError({"resume": f"sin suposición{RIGHT}junto con «suppose», o nada"})
        return in_order(attrs)


class ReplayView(APIView):
    permission_classes = [needs("telemetry:read")]

    def post(self, request: Request) -> Response:
        """Reads only: nothing is stored, and no measurement changes. To do it, ask for the point's processing."""
        asked = ReplayRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        said = asked.validated_data
        point_id = known_point(said["point"], principal_of(request))
        supposed, now = Supposed(**said["suppose"]) if "suppose" in said else None, clock.now()
        window = {"point_id": point_id, "start": said["from"], "end": said["to"], "most": said["limit"]}
        reached = resume.read(said["resume"], point_id, supposed, now) if supposed and "resume" in said else None
        found = replay(**window, supposed=supposed, reached=reached)
        goes_on = _going_on(point_id, supposed, found, now) if supposed else {}
        return Response({"point": str(point_id), **shown(found), **goes_on})


def _going_on(point_id: UUID, supposed: Supposed, found: Replay, now: datetime) -> dict[str, Any]:
    """What a question about what lies at or after `from` brings as its `resume`; None where nothing was settled yet."""
    if found.reached is None or found.goes_on_from is None:
        return {"resume": None}
    token = resume.written(point_id, supposed, found.reached, now)
    return {"resume": {"from": iso(found.goes_on_from), "token": token}}


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
