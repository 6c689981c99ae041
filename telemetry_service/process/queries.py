"""Reads of meters and checkpoints."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from telemetry_service.process import counter as counters
from telemetry_service.process import engine
from telemetry_service.process.meters import MeterPeriod
from telemetry_service.process.models import Checkpoint, Meter, MeterStatus


def meters_of(point_id: UUID) -> list[Meter]:
    return list(Meter.objects.filter(point_id=point_id).order_by("installed_at"))


def periods(meters: Iterable[Meter]) -> list[MeterPeriod]:
    """The meters that somebody stands for. What only the readings show, the engine finds again."""
    return [
        MeterPeriod(
            meter.installed_at,
            meter.removed_at,
            meter.opening_reading,
            meter.closing_reading,
            meter.litres_per_pulse,
            meter.calibration,
            meter.digits,
        )
        for meter in meters
        if meter.decided_by and meter.status == MeterStatus.CONFIRMED
    ]


def rejected(meters: Iterable[Meter]) -> frozenset[datetime]:
    return frozenset(meter.installed_at for meter in meters if meter.status == MeterStatus.REJECTED)


def last_checkpoint(point_id: UUID, *, before: datetime) -> engine.Checkpoint | None:
    found = Checkpoint.objects.filter(point_id=point_id, at__lt=before).order_by("-at").values_list("at", "state")
    row = found.first()
    return engine.Checkpoint(row[0], counters.unpack(row[1])) if row else None


def checkpoints_from(point_id: UUID, at: datetime, *, places: Sequence[int]) -> list[engine.Checkpoint]:
    """Of those at or after `at` the ones at these places in their order."""
    later = Checkpoint.objects.filter(point_id=point_id, at__gte=at).order_by("at").values_list("at", "state")
    rows = list(later[: max(places) + 1])
    some = [rows[place] for place in places if place < len(rows)]
    return [engine.Checkpoint(when, counters.unpack(state)) for when, state in some]


def meters_page(
    *, points: Iterable[UUID] | None, status: str | None, after: tuple[datetime, int] | None, limit: int
) -> list[Meter]:
    """Newest first. `points` None means all."""
    meters = Meter.objects.order_by("-installed_at", "-id")
    if points is not None:
        meters = meters.filter(point_id__in=list(points))
    if status:
        meters = meters.filter(status=status)
    if after:
        at, meter_id = after
        meters = meters.filter(Q(installed_at__lt=at) | Q(installed_at=at, id__lt=meter_id))
    return list(meters[:limit])
