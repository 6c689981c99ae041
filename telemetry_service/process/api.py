"""Asking for a recomputation, and a person's word on proposed meters."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from celery import current_app
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from shared import clock
from shared.auth.drf import needs, principal_of
from shared.auth.principal import Principal
from shared.errors import NotFound
from shared.jobs.celery import nudge
from shared.web.cursors import instant_and_number_after
from shared.web.field_errors import RIGHT
from shared.web.pages import page_body, read_page
from shared.web.serializers import StrictQuery, StrictSerializer
from telemetry_service.measurements.fields import Instant, in_order, iso, visible_points
from telemetry_service.points.queries import known_points
from telemetry_service.process.decisions import (
    NewMeter,
    add_meter,
    change_meter,
    confirm_meter,
    reject_meter,
    request_point,
)
from telemetry_service.process.models import Meter, MeterStatus
from telemetry_service.process.queries import meters_page

READ, WRITE = needs("telemetry:read"), needs("telemetry:write")


def _count() -> serializers.DecimalField:
    return serializers.DecimalField(30, 9, min_value=Decimal(0), required=False, allow_null=True)


def _positive(*, digits: int, places: int) -> serializers.DecimalField:
    least = Decimal(1).scaleb(-places)
    return serializers.DecimalField(digits, places, min_value=least, required=False, allow_null=True)


class ProcessRequest(StrictSerializer):
    point = serializers.UUIDField()
    to = Instant(required=False, allow_null=True)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        return super().get_fields() | {"from": Instant(required=False, allow_null=True)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, now = attrs.get("from"), clock.now()
        if start and start > now:
            # To the second: microseconds would say nothing to whoever is off by an hour.
            expected = f"un instante hasta ahora ({iso(now.replace(microsecond=0))}), o nada: desde la primera lectura"
            raise serializers.ValidationError({"from": f"está en el futuro{RIGHT}{expected}"})
        return in_order(attrs)


class NoBody(StrictSerializer):
    """An empty object."""


class MeterQuery(StrictQuery):
    point = serializers.UUIDField(required=False)
    status = serializers.ChoiceField(choices=MeterStatus.values, required=False)
    limit = serializers.CharField(required=False)  # these two are read by `read_page`
    cursor = serializers.CharField(required=False)


class MeterEntry(StrictSerializer):
    point = serializers.UUIDField()
    installed_at = Instant()
    removed_at = Instant(required=False, allow_null=True)
    opening_reading = _count()
    closing_reading = _count()
    litres_per_pulse = _positive(digits=30, places=15)
    calibration = _positive(digits=20, places=10)
    digits = serializers.IntegerField(min_value=1, max_value=20, required=False, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        removed_at = attrs.get("removed_at")
        if removed_at and removed_at <= attrs["installed_at"]:
            raise serializers.ValidationError(
                {"removed_at": f"no es posterior a «installed_at»{RIGHT}un instante posterior"}
            )
        if attrs["installed_at"] > clock.now():
            raise serializers.ValidationError({"installed_at": f"está en el futuro{RIGHT}un instante pasado"})
        return attrs


class MeterCorrection(StrictSerializer):
    """What is not named stays; null is as the point's configuration says."""

    removed_at = Instant(required=False, allow_null=True)
    opening_reading = _count()
    closing_reading = _count()
    litres_per_pulse = _positive(digits=30, places=15)
    calibration = _positive(digits=20, places=10)
    digits = serializers.IntegerField(min_value=1, max_value=20, required=False, allow_null=True)


class Process(APIView):
    permission_classes = [WRITE]

    def post(self, request: Request) -> Response:
        """What lies after `to` is recomputed too where it depends on what lies before."""
        asked = ProcessRequest(data=request.data)
        asked.is_valid(raise_exception=True)
        point_id = known_point(asked.validated_data["point"], principal_of(request))
        from_time = request_point(point_id=point_id, start=asked.validated_data.get("from"), now=clock.now())
        body = {"point": str(point_id), "requested": from_time is not None, "from": from_time and iso(from_time)}
        return Response({**body, "queued": from_time is not None and look_now()}, status=202)


class Meters(APIView):
    def get_permissions(self) -> list[BasePermission]:
        return [READ() if self.request.method == "GET" else WRITE()]

    def post(self, request: Request) -> Response:
        asked = MeterEntry(data=request.data)
        asked.is_valid(raise_exception=True)
        said, who = asked.validated_data, principal_of(request)
        point_id = known_point(said.pop("point"), who)
        meter = add_meter(meter=NewMeter(point_id, **said), actor=who.actor, now=clock.now())
        return Response({**shown(meter), "queued": look_now()}, status=201)

    def get(self, request: Request) -> Response:
        query = MeterQuery(data=request.query_params.dict())
        query.is_valid(raise_exception=True)
        page, asked, principal = read_page(request), query.validated_data, principal_of(request)
        points = visible_points([asked["point"]], principal) if "point" in asked else principal.points
        rows = meters_page(
            points=points, status=asked.get("status"), after=instant_and_number_after(page), limit=page.limit + 1
        )
        body = page_body(rows, limit=page.limit, key=lambda meter: (meter.installed_at.isoformat(), meter.id))
        return Response({**body, "results": [shown(meter) for meter in body["results"]]})


class OneMeter(APIView):
    permission_classes = [WRITE]

    def patch(self, request: Request, meter_id: int) -> Response:
        """Corrects a meter: its readings, litres a pulse, digits, when it was removed."""
        asked = MeterCorrection(data=request.data)
        asked.is_valid(raise_exception=True)
        who, changes = principal_of(request), asked.validated_data
        meter = change_meter(meter_id=meter_id, points=who.points, changes=changes, actor=who.actor, now=clock.now())
        return Response({**shown(meter), "queued": look_now()})


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


def known_point(point_id: UUID, principal: Principal) -> UUID:
    (visible,) = visible_points([point_id], principal)
    if visible not in known_points([visible]):
        raise NotFound("No existe ese punto.")
    return point_id


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
