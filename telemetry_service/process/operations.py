"""Makes measurements of raw rows, a point at a time, from the last moment that nothing changed before."""

import json
import logging
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import IntegrityError, connection, transaction
from psycopg2.errors import CheckViolation

from shared.db.together import Together
from telemetry_service.measurements import store
from telemetry_service.process import counter_flow
from telemetry_service.process.anew import EVER, INSTANT, Anew, made_anew
from telemetry_service.process.configs import request_changed
from telemetry_service.process.instants import DAY, NEVER, instant, micros
from telemetry_service.process.known import Known, known_of
from telemetry_service.process.proposals import keep_proposals
from telemetry_service.raw.operations import Backlog, claim_backlog, finish_backlog
from telemetry_service.raw.partitions import kept_from
from telemetry_service.virtual.backlog import note_merged

logger = logging.getLogger(__name__)
POINTS_AT_ONCE = 50


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
        known, together = known_of(point_id, hold=True), Together()
        made = made_anew(known, backlog)
        # What raw rows are kept of no more nobody can make anew: it stays as it was measured.
        kept = max(made.after or EVER, kept_from(now) - INSTANT)
        rest = store.Rest(point_id, kept, made.until) if _may_be_gone(known, backlog, made) else None
        merged = store.merge_columns(
            made.outcome.columns, point_id=point_id, now=now, forget=rest, on=together, latest=known.latest
        )
        note_merged(merged, point_id=point_id, now=now, on=together)
        keep_proposals(point_id, known.rows, made.outcome.replacements, after=made.after, until=made.until, now=now)
        _keep_checkpoints(point_id, made, on=together)
        finish_backlog(backlog, on=together)
        with connection.cursor() as cursor:
            together.send(cursor)
    return merged.number


def _may_be_gone(known: Known, backlog: Backlog, made: Anew) -> bool:
    """Whether what is made no more is there: of rows that speak no more, or a flow that nobody asks for now."""
    if known.heard.silenced or backlog.to_time is not None:
        return known.heard.silenced
    rows = {one.variable: len(one) for one in made.outcome.columns}
    is_there = known.latest.get(counter_flow.VARIABLE, NEVER) > micros(made.after or EVER)
    return is_there and rows.get(counter_flow.VARIABLE, 0) < rows.get("volume", 0)


# One statement: this is done for every point and pass. What it deletes it may not insert again, hence the conflict.
CHECKPOINTS = """
WITH stale AS (
    DELETE FROM process_checkpoint
     WHERE point_id = %(point)s AND at >= %(after)s AND at < %(until)s AND at <> ALL(%(at)s::timestamptz[]))
INSERT INTO process_checkpoint (point_id, at, state)
SELECT %(point)s, at, state FROM unnest(%(at)s::timestamptz[], %(states)s::jsonb[]) AS kept (at, state)
    ON CONFLICT (point_id, at) DO UPDATE SET state = excluded.state
"""


def _keep_checkpoints(point_id: UUID, made: Anew, *, on: Together) -> None:
    """Those in between are no longer true. The one this pass started from goes where a newer one of its slot is."""
    start, slot = made.start, made.outcome.slot
    kept = [one for one in made.outcome.checkpoints if one is not start and one.at < made.until]
    replaced = start and kept and micros(kept[0].at) // slot == micros(start.at) // slot
    after = (start.at if replaced else start.at + INSTANT) if start else EVER
    asked: dict[str, Any] = {
        "point": point_id,
        "after": after,
        "until": made.until,
        "at": [one.at for one in kept],
        "states": [json.dumps(one.pack()) for one in kept],
    }
    on.execute(CHECKPOINTS, asked)


def _make_partitions(backlog: Backlog) -> int:
    outcome = made_anew(known_of(backlog.point_id), backlog).outcome
    return store.make_partitions({instant(day * DAY) for one in outcome.columns for day in np.unique(one.times // DAY)})
