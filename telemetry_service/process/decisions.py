"""What a person says about a proposed meter, and asking for a recomputation. Rows say what to redo."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from shared.errors import Conflict, NotFound
from telemetry_service.process.models import Meter, MeterMove, MeterStatus
from telemetry_service.raw.operations import request_processing
from telemetry_service.raw.queries import first_reading_at

# To reject a confirmed meter opens the old one again.
MOVES = {
    MeterStatus.CONFIRMED: (MeterStatus.PROPOSED, MeterStatus.REJECTED),
    MeterStatus.REJECTED: (MeterStatus.PROPOSED, MeterStatus.CONFIRMED),
}


def confirm_meter(*, meter_id: int, points: Iterable[UUID] | None, actor: str, now: datetime) -> Meter:
    return _move(meter_id, MeterStatus.CONFIRMED, points, actor, now)


def reject_meter(*, meter_id: int, points: Iterable[UUID] | None, actor: str, now: datetime) -> Meter:
    return _move(meter_id, MeterStatus.REJECTED, points, actor, now)


def request_point(*, point_id: UUID, start: datetime | None, now: datetime) -> datetime | None:
    """Asks for the point's measurements from `start` on, or from its first row; None where it has no rows."""
    from_time = start or first_reading_at(point_id)
    if from_time is not None:
        request_processing(point_id=point_id, from_time=from_time, now=now)
    return from_time


def _move(meter_id: int, status: MeterStatus, points: Iterable[UUID] | None, actor: str, now: datetime) -> Meter:
    with transaction.atomic():
        visible = Meter.objects.all() if points is None else Meter.objects.filter(point_id__in=list(points))
        meter = visible.filter(id=meter_id).first()
        if meter is None:
            raise NotFound("No existe ese medidor.")
        before = meter.status
        allowed = before in MOVES[status]
        free = Meter.objects.filter(id=meter_id, status=before)
        if not allowed or not free.update(status=status, decided_by=actor, decided_at=now):
            raise Conflict(f"El medidor está «{before}»: no se puede pasar a «{status}».")
        MeterMove.objects.create(meter=meter, before=before, after=status, moved_by=actor, moved_at=now)
        request_processing(point_id=meter.point_id, from_time=meter.installed_at, now=now)
    meter.refresh_from_db()
    return meter
