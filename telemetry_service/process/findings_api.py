"""Faults of a point's past over HTTP."""

from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared.auth.drf import needs, principal_of
from shared.web.serializers import StrictQuery
from telemetry_service.measurements.fields import Instant, in_order, iso
from telemetry_service.process.api import known_point
from telemetry_service.process.detectors.finding import Finding
from telemetry_service.process.findings import findings
from telemetry_service.process.instants import instant


class FindingsQuery(StrictQuery):
    point = serializers.UUIDField()
    to = Instant()

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | {"from": Instant()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        return in_order(attrs)


class Findings(APIView):
    permission_classes = [needs("telemetry:read")]

    def get(self, request: Request) -> Response:
        """Reads only: nothing is stored, and no measurement changes."""
        query = FindingsQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        asked = query.validated_data
        point_id = known_point(asked["point"], principal_of(request))
        found = findings(point_id=point_id, start=asked["from"], end=asked["to"])
        return Response({"point": str(point_id), "results": [shown(one) for one in found]})


def shown(one: Finding) -> dict[str, Any]:
    return {
        "name": one.name,
        "from": iso(instant(one.first)),
        "to": iso(instant(one.last)),
        "seen": _number(one.seen),
        "expected": _number(one.expected),
        "says": one.says,
    }


def _number(value: float) -> float | None:
    """JSON knows no NaN."""
    return None if value != value else value
