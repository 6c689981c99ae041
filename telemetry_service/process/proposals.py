"""Keeps the meters that the readings show in step with the readings, and never touches a person's decision."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from telemetry_service.process.models import Meter, MeterStatus, Origin
from telemetry_service.process.stream import Replacement


def keep_proposals(
    point_id: UUID,
    meters: Sequence[Meter],
    replacements: Iterable[Replacement],
    *,
    after: datetime | None,
    until: datetime,
    now: datetime,
) -> None:
    """`meters` as they were read in this transaction; `replacements` are all that the readings in between show."""
    stale = {
        meter.installed_at: meter
        for meter in meters
        if not meter.decided_by and (after is None or meter.installed_at > after) and meter.installed_at <= until
    }
    decided = {meter.installed_at for meter in meters if meter.decided_by}
    for found in replacements:
        meter = stale.pop(found.installed_at, None)
        if meter is not None:
            _follow(meter, found)
        elif found.installed_at not in decided:
            _propose(point_id, found, now)
    if stale:
        # A late row showed that there was no new meter, or that it came earlier.
        Meter.objects.filter(id__in=[meter.id for meter in stale.values()], decided_by="").delete()


def _follow(meter: Meter, found: Replacement) -> None:
    status = _status(found)
    seen = (meter.status, meter.opening_reading, meter.previous_reading)
    if seen != (status, found.opening_reading, found.closing_reading):
        Meter.objects.filter(id=meter.id, decided_by="").update(
            status=status, opening_reading=found.opening_reading, previous_reading=found.closing_reading
        )


def _propose(point_id: UUID, found: Replacement, now: datetime) -> None:
    Meter.objects.create(
        point_id=point_id,
        installed_at=found.installed_at,
        opening_reading=found.opening_reading,
        previous_reading=found.closing_reading,
        status=_status(found),
        origin=Origin.DETECTED,
        created_at=now,
    )


def _status(found: Replacement) -> MeterStatus:
    return MeterStatus.CONFIRMED if found.confirmed else MeterStatus.PROPOSED
