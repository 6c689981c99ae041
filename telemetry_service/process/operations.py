"""Makes measurements of raw rows, a point at a time, from the last moment that nothing changed before."""

import json
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from psycopg2.errors import CheckViolation

from telemetry_service.measurements import store
from telemetry_service.points.queries import ConfigVersion, config_versions
from telemetry_service.process import engine
from telemetry_service.process.configs import request_changed
from telemetry_service.process.engine import Outcome, evaluate
from telemetry_service.process.proposals import keep_proposals
from telemetry_service.process.queries import last_checkpoint, meters_of, periods, rejected
from telemetry_service.process.readings import Measured, Reading
from telemetry_service.process.setup import Setup, setup_of
from telemetry_service.raw import queries as raw
from telemetry_service.raw.operations import Backlog, claim_backlog, finish_backlog
from telemetry_service.raw.partitions import kept_from
from telemetry_service.virtual.backlog import note_changed

logger = logging.getLogger(__name__)
POINTS_AT_ONCE = 50
EVER, NEVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)


def process_backlog(now: datetime) -> int:
    """Processes every waiting point; says how many measurements are new or changed.

    A point that fails stays claimed for a while, holds nobody up, and is raised at the end.
    """
    request_changed(now)
    changed, failure, full = 0, None, True
    while full:
        backlog = claim_backlog(now=now, limit=POINTS_AT_ONCE)
        full = len(backlog) == POINTS_AT_ONCE
        for waiting in backlog:
            try:
                changed += process_point(waiting, now=now)
            except Exception as error:
                # Whatever is wrong with one point's rows, the others are due.
                logger.exception("point not processed", extra={"point": str(waiting.point_id)})
                failure = error
    if failure:
        raise failure
    return changed


def process_point(backlog: Backlog, *, now: datetime) -> int:
    try:
        return _process(backlog, now)
    except IntegrityError as error:
        if not isinstance(error.__cause__, CheckViolation):
            raise
        # A month that has no partition yet: rare, so it costs the usual pass nothing to find out this way.
        _make_partitions(backlog)  # none where another was first
        return _process(backlog, now)


def _process(backlog: Backlog, now: datetime) -> int:
    point_id = backlog.point_id
    with transaction.atomic():
        _wait_for_others(point_id)
        start = last_checkpoint(point_id, before=backlog.from_time)
        meters = meters_of(point_id)
        outcome = evaluate(
            _readings(point_id, start),
            setups=setups_of(config_versions(point_id)),
            meters=periods(meters),
            rejected=rejected(meters),
            start=start,
        )
        # What raw rows are kept of no more nobody can make anew: it stays as it was measured.
        kept = max(start.at if start else EVER, kept_from(now) - INSTANT)
        rest = store.Rest(point_id, kept) if raw.was_silenced(point_id) else None
        changed = store.merge([_row(point_id, measured) for measured in outcome.measured], now=now, forget=rest)
        if changed:
            note_changed(now=now)
        keep_proposals(point_id, meters, outcome.replacements, after=start and start.at, now=now)
        _keep_checkpoints(point_id, start, outcome)
        finish_backlog(backlog)
    return changed


def setups_of(versions: Sequence[ConfigVersion]) -> list[Setup]:
    return [setup_of(version=one.version, valid_from=one.valid_from, config=one.config) for one in versions]


def _wait_for_others(point_id: UUID) -> None:
    """A worker that lost its claim by being slow may still be at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"process {point_id}"])


def _readings(point_id: UUID, start: engine.Checkpoint | None) -> list[Reading]:
    begin = start.at + INSTANT if start else EVER
    return [
        Reading(row.variable, row.device_time, row.value, row.source_id, row.unit, row.flags)
        for row in raw.readings(point_id=point_id, start=begin, end=NEVER)
    ]


def _row(point_id: UUID, measured: Measured) -> tuple[Any, ...]:
    variable, time, value, text, quality, reasons, source, version, meter_from = measured
    return point_id, variable, time, value, text, quality, reasons, source, version, meter_from


# One statement: this is done for every point and pass. What it deletes it may not insert again, hence the conflict.
CHECKPOINTS = """
WITH stale AS (
    DELETE FROM process_checkpoint
     WHERE point_id = %(point)s AND at >= %(after)s AND at <> ALL(%(at)s::timestamptz[]))
INSERT INTO process_checkpoint (point_id, at, state)
SELECT %(point)s, at, state FROM unnest(%(at)s::timestamptz[], %(states)s::jsonb[]) AS kept (at, state)
    ON CONFLICT (point_id, at) DO UPDATE SET state = excluded.state
"""


def _keep_checkpoints(point_id: UUID, start: engine.Checkpoint | None, outcome: Outcome) -> None:
    """Later ones are no longer true. The one this pass started from goes where a newer one of its day is there."""
    kept = [one for one in outcome.checkpoints if one is not start]
    replaced = start and kept and kept[0].at.date() == start.at.date()
    after = (start.at if replaced else start.at + INSTANT) if start else EVER
    states = [json.dumps(one.pack()) for one in kept]
    with connection.cursor() as cursor:
        asked: dict[str, Any] = {"point": point_id, "after": after, "at": [one.at for one in kept], "states": states}
        cursor.execute(CHECKPOINTS, asked)


def _make_partitions(backlog: Backlog) -> int:
    start = last_checkpoint(backlog.point_id, before=backlog.from_time)
    return store.make_partitions(reading.time for reading in _readings(backlog.point_id, start))
