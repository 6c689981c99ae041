"""What a person says about a proposed meter, and asking for a recomputation. Rows say what to redo."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from shared.errors import Conflict, NotFound, invalid
from telemetry_service.process.models import Meter, MeterChange, MeterMove, MeterStatus, Origin
from telemetry_service.raw.operations import request_processing
from telemetry_service.raw.queries import first_reading_at

# To reject a confirmed meter opens the old one again.
MOVES = {
    MeterStatus.CONFIRMED: (MeterStatus.PROPOSED, MeterStatus.REJECTED),
    MeterStatus.REJECTED: (MeterStatus.PROPOSED, MeterStatus.CONFIRMED),
}

# When it was installed says which meter it is: to move that, reject it and enter another.
CHANGEABLE = ("removed_at", "opening_reading", "closing_reading", "litres_per_pulse", "calibration", "digits")


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


def change_meter(
    *, meter_id: int, points: Iterable[UUID] | None, changes: Mapping[str, Any], actor: str, now: datetime
) -> Meter:
    """What a person corrects of a meter: it is theirs from then on, and every measurement read on it is made anew."""
    with transaction.atomic():
        meter = _visible(meter_id, points)
        seen = {name: getattr(meter, name) for name in CHANGEABLE}
        said = {name: changes.get(name, value) for name, value in seen.items()}
        if said["removed_at"] and said["removed_at"] <= meter.installed_at:
            raise invalid("removed_at", "no es posterior a «installed_at»", expected="un instante posterior")
        if meter.status == MeterStatus.REJECTED:
            raise Conflict("El medidor está rechazado: confírmelo primero.")
        # Only if it is still as it was seen: of two who change it at once the second is told.
        same = Meter.objects.filter(id=meter_id, status=meter.status, decided_at=meter.decided_at, **seen)
        confirmed = {"status": MeterStatus.CONFIRMED, "decided_by": actor, "decided_at": now}
        if not same.update(**said, **confirmed):
            raise Conflict("Otra persona cambió el medidor mientras tanto.")
        if meter.status != MeterStatus.CONFIRMED:
            MeterMove.objects.create(
                meter=meter, before=meter.status, after=MeterStatus.CONFIRMED, moved_by=actor, moved_at=now
            )
        MeterChange.objects.create(
            meter=meter,
            before={name: _said(value) for name, value in seen.items() if value != said[name]},
            after={name: _said(value) for name, value in said.items() if value != seen[name]},
            changed_by=actor,
            changed_at=now,
        )
        request_processing(point_id=meter.point_id, from_time=meter.installed_at, now=now)
    meter.refresh_from_db()
    return meter


def _said(value: Any) -> str | None:
    """As JSON, exactly."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.isoformat() if isinstance(value, datetime) else None if value is None else str(value)


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
        meter = _visible(meter_id, points)
        before = meter.status
        allowed = before in MOVES[status]
        free = Meter.objects.filter(id=meter_id, status=before)
        if not allowed or not free.update(status=status, decided_by=actor, decided_at=now):
            raise Conflict(f"El medidor está «{before}»: no se puede pasar a «{status}».")
        MeterMove.objects.create(meter=meter, before=before, after=status, moved_by=actor, moved_at=now)
        request_processing(point_id=meter.point_id, from_time=meter.installed_at, now=now)
    meter.refresh_from_db()
    return meter


def _visible(meter_id: int, points: Iterable[UUID] | None) -> Meter:
    visible = Meter.objects.all() if points is None else Meter.objects.filter(point_id__in=list(points))
    meter = visible.filter(id=meter_id).first()
    if meter is None:
        raise NotFound("No existe ese medidor.")
    return meter
