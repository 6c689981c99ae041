"""Makes measurements of raw rows, a point at a time, from the last moment that nothing changed before."""

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from django.db import IntegrityError, connection, transaction
from psycopg2.errors import CheckViolation

from telemetry_service.measurements import store
from telemetry_service.process import engine
from telemetry_service.process.configs import request_changed
from telemetry_service.process.engine import Outcome
from telemetry_service.process.instants import DAY, instant
from telemetry_service.process.judging import reach_of
from telemetry_service.process.known import Known, known_of
from telemetry_service.process.proposals import keep_proposals
from telemetry_service.process.queries import last_checkpoint
from telemetry_service.raw import queries as raw
from telemetry_service.raw.columns import RawColumns
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
        known = known_of(point_id)
        start, outcome = _made_anew(known, backlog.from_time)
        # What raw rows are kept of no more nobody can make anew: it stays as it was measured.
        kept = max(start.at if start else EVER, kept_from(now) - INSTANT)
        rest = store.Rest(point_id, kept) if raw.was_silenced(point_id) else None
        changed = store.merge_columns(outcome.columns, point_id=point_id, now=now, forget=rest)
        if changed:
            note_changed(now=now)
        keep_proposals(point_id, known.rows, outcome.replacements, after=start and start.at, now=now)
        _keep_checkpoints(point_id, start, outcome)
        finish_backlog(backlog)
    return changed


def _made_anew(known: Known, from_time: datetime) -> tuple[engine.Checkpoint | None, Outcome]:
    """What lies after the checkpoint that it gives, which no row from `from_time` on can have changed."""
    reach = reach_of(known.setups)
    start = last_checkpoint(known.point_id, before=from_time - reach.after)
    begin = start
    if start and reach.before:
        begin = last_checkpoint(known.point_id, before=start.at - reach.before + INSTANT)
    outcome = known.evaluate(raw_columns(known.point_id, begin), start=begin)
    return start, outcome.between(start.at, NEVER) if start else outcome


def _wait_for_others(point_id: UUID) -> None:
    """A worker that lost its claim by being slow may still be at it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"process {point_id}"])


def raw_columns(point_id: UUID, start: engine.Checkpoint | None) -> list[RawColumns]:
    return raw.columns(point_id=point_id, start=start.at + INSTANT if start else EVER, end=NEVER)


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
    _, outcome = _made_anew(known_of(backlog.point_id), backlog.from_time)
    return store.make_partitions({instant(day * DAY) for one in outcome.columns for day in np.unique(one.times // DAY)})
