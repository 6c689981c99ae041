"""Reads of meters and checkpoints."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q

from telemetry_service.process import counter as counters
from telemetry_service.process import engine
from telemetry_service.process.meters import MeterPeriod
from telemetry_service.process.models import Meter, MeterStatus


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


# By SQL: they are asked for in every pass, and the ORM takes longer to say it than the database to answer.
BEFORE = """
SELECT at, state::text FROM process_checkpoint WHERE point_id = %s AND at < %s ORDER BY at DESC LIMIT 1
"""
FROM = """
SELECT at, state::text FROM process_checkpoint WHERE point_id = %s AND at >= %s ORDER BY at LIMIT 1 OFFSET %s
"""


def last_checkpoint(point_id: UUID, *, before: datetime) -> engine.Checkpoint | None:
    return _checkpoint(BEFORE, [point_id, before])


def checkpoint_from(point_id: UUID, at: datetime, *, place: int) -> engine.Checkpoint | None:
    """Of those at or after `at` the one at this place in their order."""
    return _checkpoint(FROM, [point_id, at, place])


def _checkpoint(statement: str, asked: list[Any]) -> engine.Checkpoint | None:
    with connection.cursor() as cursor:
        cursor.execute(statement, asked)
        row = cursor.fetchone()
    return engine.Checkpoint(row[0], counters.unpack(json.loads(row[1]))) if row else None


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
