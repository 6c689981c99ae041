"""Asking for a recomputation, and a person's word on proposed meters."""

from datetime import datetime
from typing import Any

from celery import current_app
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import clock
from shared.auth.drf import needs, principal_of
from shared.errors import NotFound, invalid
from shared.jobs.celery import nudge
from shared.web.field_errors import RIGHT
from shared.web.pages import Page, page_body, read_page
from shared.web.serializers import StrictQuery, StrictSerializer
from telemetry_service.measurements.api import Instant, iso, visible_points
from telemetry_service.points.queries import known_points
from telemetry_service.process.decisions import confirm_meter, reject_meter, request_point
from telemetry_service.process.models import Meter, MeterStatus
from telemetry_service.process.queries import meters_page

READ, WRITE = needs("telemetry:read"), needs("telemetry:write")


class ProcessRequest(StrictSerializer):
    point = serializers.UUIDField()
    to = Instant(required=False, allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | {"from": Instant(required=False, allow_null=True)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, end = attrs.get("from"), attrs.get("to")
        if start and end and start >= end:
            raise serializers.ValidationError({"to": f"no es posterior a «from»{RIGHT}un instante posterior"})
        return attrs


class NoBody(StrictSerializer):
    """An empty object."""


class MeterQuery(StrictQuery):
    point = serializers.UUIDField(required=False)
    status = serializers.ChoiceField(choices=MeterStatus.values, required=False)
    limit = serializers.CharField(required=False)  # these two are read by `read_page`
    cursor = serializers.CharField(required=False)


class Process(APIView):
    permission_classes = [WRITE]

    def post(self, request: Request) -> Response:
        """What lies after `to` is recomputed too where it depends on what lies before."""
        asked = ProcessRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        (point_id,) = visible_points([asked.validated_data["point"]], principal_of(request))
        if point_id not in known_points([point_id]):
            raise NotFound("No existe ese punto.")
        from_time = request_point(point_id=point_id, start=asked.validated_data.get("from"), now=clock.now())
        body = {"point": str(point_id), "requested": from_time is not None, "from": from_time and iso(from_time)}
        return Response({**body, "queued": from_time is not None and look_now()}, status=202)


class Meters(APIView):
    permission_classes = [READ]

    def get(self, request: Request) -> Response:
        query = MeterQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        page, asked, principal = read_page(request), query.validated_data, principal_of(request)
        points = visible_points([asked["point"]], principal) if "point" in asked else principal.points
        rows = meters_page(points=points, status=asked.get("status"), after=_key(page), limit=page.limit + 1)
        body = page_body(rows, limit=page.limit, key=lambda meter: (meter.installed_at.isoformat(), meter.id))
        return Response({**body, "results": [shown(meter) for meter in body["results"]]})


class ConfirmMeter(APIView):
    permission_classes = [WRITE]
    decide = staticmethod(confirm_meter)

    def post(self, request: Request, meter_id: int) -> Response:
        NoBody(data=request.data).is_valid(raise_exception=True)
        who = principal_of(request)
        meter = self.decide(meter_id=meter_id, points=who.points, actor=who.actor, now=clock.now())
        return Response({**shown(meter), "queued": look_now()})


class RejectMeter(ConfirmMeter):
    decide = staticmethod(reject_meter)


def look_now() -> bool:
    """By name: the pipeline lies above this folder. False when the broker is away; the sweep looks in a minute."""
    return nudge(current_app.tasks["telemetry.process_backlog"])


def shown(meter: Meter) -> dict[str, Any]:
    """Readings in counts, as decimals."""
    return {
        "id": meter.id,
        "point": str(meter.point_id),
        "installed_at": iso(meter.installed_at),
        "removed_at": meter.removed_at and iso(meter.removed_at),
        "opening_reading": _plain(meter.opening_reading),
        "closing_reading": _plain(meter.closing_reading),
        "previous_reading": _plain(meter.previous_reading),
        "litres_per_pulse": _plain(meter.litres_per_pulse),
        "calibration": _plain(meter.calibration),
        "digits": meter.digits,
        "status": meter.status,
        "origin": meter.origin,
        "decided_by": meter.decided_by,
        "decided_at": meter.decided_at and iso(meter.decided_at),
    }


def _plain(value: Any) -> str | None:
    """A decimal without the zeros that its column adds."""
    if value is None:
        return None
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _key(page: Page) -> tuple[datetime, int] | None:
    if page.after is None:
        return None
    try:
        installed_at, meter_id = page.after
        return datetime.fromisoformat(installed_at), int(meter_id)
    except (ValueError, TypeError) as error:
        raise invalid("cursor", "no es un cursor de esta lista", expected="el «next» de la página anterior") from error
