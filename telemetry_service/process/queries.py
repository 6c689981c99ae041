"""Reads of meters and checkpoints."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Q

from shared.db.replica import reader
from telemetry_service.process import counter as counters
from telemetry_service.process import engine
from telemetry_service.process.meters import MeterPeriod
from telemetry_service.process.models import Meter, MeterStatus


def meters_of(point_id: UUID) -> list[Meter]:
    return list(Meter.objects.using(reader().alias).filter(point_id=point_id).order_by("installed_at"))


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


# By SQL: they are asked for in every pass, and the ORM takes longer to say it than the database to answer.
BEFORE = """
SELECT at, state::text FROM process_checkpoint WHERE point_id = %s AND at < %s ORDER BY at DESC LIMIT 1
"""
FROM = """
SELECT at, state::text FROM process_checkpoint WHERE point_id = %s AND at >= %s ORDER BY at LIMIT 1 OFFSET %s
"""


# What a pass begins and ends with, in one trip.
AROUND = """
WITH start AS MATERIALIZED (
    SELECT at, state::text FROM process_checkpoint WHERE point_id = %(point)s AND at < %(before)s
     ORDER BY at DESC LIMIT 1)
SELECT 'start', at, state FROM start
UNION ALL
(SELECT 'begin', at, state::text FROM process_checkpoint
  WHERE point_id = %(point)s AND at <= (SELECT at FROM start) - %(back)s AND %(back)s > interval '0'
  ORDER BY at DESC LIMIT 1)
UNION ALL
(SELECT 'end', at, state::text FROM process_checkpoint WHERE point_id = %(point)s AND at >= %(from)s
  ORDER BY at LIMIT 1)
"""


class Around(NamedTuple):
    """`start`: the last checkpoint before some rows, `begin` one as far before it as rules look back (None: there is
    none, `start` where they do not look back), `end` the first one from an instant behind the rows on."""

    start: engine.Checkpoint | None
    begin: engine.Checkpoint | None
    end: engine.Checkpoint | None


def checkpoints_around(point_id: UUID, *, before: datetime, back: timedelta, behind: datetime | None) -> Around:
    """`behind` None: no end is asked for."""
    since = behind or datetime.max.replace(tzinfo=UTC)
    asked: dict[str, Any] = {"point": point_id, "before": before, "back": back, "from": since}
    with connection.cursor() as cursor:
        cursor.execute(AROUND, asked)
        found = {name: _read(at, state) for name, at, state in cursor.fetchall()}
    start = found.get("start")
    return Around(start, found.get("begin") if back else start, found.get("end"))


def last_checkpoint(point_id: UUID, *, before: datetime) -> engine.Checkpoint | None:
    return _checkpoint(BEFORE, [point_id, before])


def checkpoint_from(point_id: UUID, at: datetime, *, place: int) -> engine.Checkpoint | None:
    """Of those at or after `at` the one at this place in their order."""
    return _checkpoint(FROM, [point_id, at, place])


def _checkpoint(statement: str, asked: list[Any]) -> engine.Checkpoint | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        row = cursor.fetchone()
    return _read(*row) if row else None


def _read(at: datetime, state: str) -> engine.Checkpoint:
    return engine.Checkpoint(at, counters.unpack(json.loads(state)))


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
