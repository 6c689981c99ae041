"""What a person says about a proposed meter, and asking for a recomputation. Rows say what to redo."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from shared.errors import Conflict, NotFound
from telemetry_service.process.models import Meter, MeterMove, MeterStatus, Origin
from telemetry_service.raw.operations import request_processing
from telemetry_service.raw.queries import first_reading_at

# To reject a confirmed meter opens the old one again.
MOVES = {
    MeterStatus.CONFIRMED: (MeterStatus.PROPOSED, MeterStatus.REJECTED),
    MeterStatus.REJECTED: (MeterStatus.PROPOSED, MeterStatus.CONFIRMED),
}


@dataclass(frozen=True, slots=True)
class NewMeter:
    """A meter as a person enters it. Readings are counts; what is None is as the point's configuration says."""

    point_id: UUID
    installed_at: datetime
    removed_at: datetime | None = None
    opening_reading: Decimal | None = None
    closing_reading: Decimal | None = None
    litres_per_pulse: Decimal | None = None
    calibration: Decimal | None = None
    digits: int | None = None


def add_meter(*, meter: NewMeter, actor: str, now: datetime) -> Meter:
    """What the readings showed at that very time, and nobody decided about, gives way."""
    at = Meter.objects.filter(point_id=meter.point_id, installed_at=meter.installed_at)
    with transaction.atomic():
        at.filter(decided_by="").delete()
        if at.exists():
            raise Conflict("Ya hay un medidor instalado en ese instante.")
        added = Meter.objects.create(
            **asdict(meter),
            status=MeterStatus.CONFIRMED,
            origin=Origin.PERSON,
            decided_by=actor,
            decided_at=now,
            created_at=now,
        )
        request_processing(point_id=meter.point_id, from_time=meter.installed_at, now=now)
    return added


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
