"""Makes derived measurements, a point and a window at a time, of the measurements that are there."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import numpy as np
from django.db import connection, transaction

from shared.db.together import Together
from telemetry_service.measurements import store
from telemetry_service.measurements.columns import NEVER, Columns
from telemetry_service.virtual.backlog import (
    INSTANT,
    Window,
    finish,
    finish_up_to,
    first_window,
    note_merged,
    take_point,
    waiting_points,
)
from telemetry_service.virtual.configs import request_changed
from telemetry_service.virtual.definitions import Series, Version
from telemetry_service.virtual.derive import Made, derive, microseconds, spans_of
from telemetry_service.virtual.judging import Judge, Judges
from telemetry_service.virtual.queries import Found, ends_of, has_derived, rows_of, versions_of

logger = logging.getLogger(__name__)
# As much as is made in one transaction: a month of minutes of ten members is half a million rows.
PIECE = timedelta(days=31)


def process_derived(now: datetime, *, judges: Judges | None = None) -> int:
    """Makes everything that waits; says how many measurements are new, changed or gone.

    `judges`: the quality tests, by point; they lie above this folder. A point that fails holds nobody up, waits for the
    next pass, and is raised at the end.
    """
    request_changed(now)
    changed, failure, left = 0, None, set[UUID]()
    while points := waiting_points(but=left):
        for point_id in points:
            try:
                done = _derive_point(point_id, now, judges)
            except Exception as error:
                # Whatever is wrong with one point's definitions, the others are due.
                logger.exception("point not derived", extra={"point": str(point_id)})
                failure, done = error, None
            if done is None:
                left.add(point_id)
            changed += done or 0
    if failure:
        raise failure
    return changed


def _derive_point(point_id: UUID, now: datetime, judges: Judges | None) -> int | None:
    """How many changed. None where another worker is at it."""
    changed = 0
    while True:
        with transaction.atomic():
            if not take_point(point_id):
                return None
            versions = versions_of(point_id)
            judge = judges(point_id) if judges else None
            around = judge.reach_us if judge else 0
            reach = timedelta(microseconds=max((one.reach_us() for one in versions), default=0) + around)
            window = first_window(point_id, near=2 * reach)
            if window is None:
                return changed
            changed += _derive_window(point_id, versions, window, reach, judge, now)


def _derive_window(
    point_id: UUID, versions: Sequence[Version], window: Window, reach: timedelta, judge: Judge | None, now: datetime
) -> int:
    """Makes the window's first piece, and leaves the rest for the next turn."""
    own = {one.variable: Series(point_id, one.variable) for version in versions for one in version.derived}
    series = {key for version in versions for one in version.derived for key in one.inputs.values()} | {*own.values()}
    bounds = _bounds(point_id, series, window, reach)
    if bounds is None:
        finish(window)
        return 0
    start, end = bounds
    last = min(end, start + max(PIECE, 4 * reach))
    found = rows_of(series, start=start - reach, end=last + reach)
    inputs = {key: one.read if key in own.values() else one.all for key, one in found.items()}
    made = [_between(one, start, last) for one in derive(spans_of(versions), inputs, own=own, judge=judge)]
    stale = (window.open and has_derived(point_id)) or _is_stale(
        made, {name: found[key] for name, key in own.items()}, start, last
    )
    rest = store.Rest(point_id, start - INSTANT, last, derived=True) if stale else None
    together = Together()
    merged = store.merge_columns(_columns(made), point_id=point_id, now=now, forget=rest, on=together)
    note_merged(merged, point_id=point_id, now=now, on=together, but=point_id)
    with connection.cursor() as cursor:
        together.send(cursor)
    if last == end:
        finish(window)
    else:
        finish_up_to(last, window, reach=reach)
    return merged.number


def _bounds(
    point_id: UUID, series: Iterable[Series], window: Window, reach: timedelta
) -> tuple[datetime, datetime] | None:
    """Between which times measurements are to be made, both included."""
    if not window.open:
        return window.start - reach, window.end + reach
    ends = ends_of(point_id, list(series))
    if ends is None:
        return None
    start = max(window.start, ends[0]) - reach
    end = min(window.end, ends[1]) + reach
    return (start, end) if start <= end else None


def _between(made: Made, start: datetime, end: datetime) -> Made:
    times = made.rows.times
    return made._replace(rows=made.rows.where((times >= microseconds(start)) & (times <= microseconds(end))))


def _is_stale(made: Sequence[Made], known: dict[str, Found], start: datetime, end: datetime) -> bool:
    """Whether something was made once that is not made now: otherwise nothing need be looked for to take it away."""
    for variable, found in known.items():
        new = np.concatenate([one.rows.times for one in made if one.variable == variable] or [found.made.times[:0]])
        old = found.made.times
        inside = old[(old >= microseconds(start)) & (old <= microseconds(end))]
        if not np.isin(inside, new).all():
            return True
    return False


def _columns(made: Iterable[Made]) -> list[Columns]:
    """As they are stored, one for each variable: what each version made of it, one after the other."""
    by_variable: dict[str, list[Made]] = {}
    for one in made:
        by_variable.setdefault(one.variable, []).append(one)
    return [_stored(variable, parts) for variable, parts in by_variable.items()]


def _stored(variable: str, parts: Sequence[Made]) -> Columns:
    times = np.concatenate([one.rows.times for one in parts])
    return Columns(
        variable,
        times,
        np.concatenate([one.rows.values for one in parts]),
        np.concatenate([one.rows.qualities for one in parts]).astype(np.int64),
        np.concatenate([one.rows.reasons for one in parts]).astype(np.int64),
        sources=np.zeros(len(times), dtype=np.int64),
        of=(store.DERIVED,),
        versions=np.concatenate([np.full(len(one.rows), one.version, dtype=np.int64) for one in parts]),
        meters=np.full(len(times), NEVER),
    )
