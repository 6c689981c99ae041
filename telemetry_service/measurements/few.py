"""Puts down few measurements: looks at what is there, and writes what differs and what follows of it in one trip.

A merge by a staging table costs some fifteen statements, however little is merged; this is what a late reading takes,
and the newest of a point. What it leaves behind is the same to the last bit. The caller holds the point's lock, so
nothing can come between the look and the writing.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from shared.db.together import Together
from telemetry_service.measurements.columns import NEVER, Columns, Int64
from telemetry_service.measurements.days import Figures, days_of
from telemetry_service.measurements.few_writes import Writes
from telemetry_service.measurements.hours import HOUR, hours_of
from telemetry_service.measurements.there import There, as_figures, good_before, nothing, what_is_there

MOST_ROWS = 2000
MOST_SPAN = 10 * 24 * HOUR
DAY = 24 * HOUR


class Span(NamedTuple):
    """Of a variable and a UTC day the first and the last measurement that changed, in µs, and how many did."""

    variable: str
    first: int
    last: int
    number: int


class _Around(NamedTuple):
    """Hours in µs: from the one of the first row to the one behind that of the last, `end` not included."""

    start: int
    end: int


class _Series(NamedTuple):
    """`differing`: what of `new` is new or another than `there`, which is all around it.

    `others`: what is another.
    """

    differing: Columns
    others: Columns
    there: There
    new: Columns


def is_few(columns: Sequence[Columns]) -> bool:
    """By time, each has at least one row."""
    span = max(int(one.times[-1]) for one in columns) - min(int(one.times[0]) for one in columns)
    return sum(len(one) for one in columns) <= MOST_ROWS and span <= MOST_SPAN


def merge_few(
    cursor: Any, columns: Sequence[Columns], *, point_id: UUID, latest: Mapping[str, int], now: datetime, on: Together
) -> list[Span] | None:
    """Says what changes; `on` does it. None where it would have to look further: then it is no work for it.

    `latest`: the time of the newest measurement of each variable that has one.
    """
    around = _around(columns)
    known = [one.variable for one in columns if one.variable in latest]
    there = what_is_there(cursor, point_id=point_id, variables=known, **around._asdict())
    series = [_compared(one, there.get(one.variable) or nothing(one.variable)) for one in columns]
    changed = [one for one in series if len(one.differing)]
    if any(not _is_bounded(one, latest, around) for one in changed):
        return None
    if changed:
        writes = Writes(point_id, now, on)
        _put(writes, changed, latest)
        _roll_up(cursor, writes, changed, around, latest)
        writes.roll_up()
    return [span for one in changed for span in _spans(one.differing)]


def _around(columns: Sequence[Columns]) -> _Around:
    first, last = min(int(one.times[0]) for one in columns), max(int(one.times[-1]) for one in columns)
    return _Around(first // HOUR * HOUR, (last // HOUR + 2) * HOUR)


def _compared(new: Columns, there: There) -> _Series:
    old = there.rows
    is_there = _among(new.times, old.times)
    mine, theirs = np.flatnonzero(is_there), np.searchsorted(old.times, new.times[is_there])
    is_same = np.zeros(len(new), np.bool_)
    is_same[mine] = _equal(new.take(mine), old.take(theirs))
    return _Series(new.take(~is_same), new.take(is_there & ~is_same), there, new)


def _among(times: Int64, others: Int64) -> NDArray[np.bool_]:
    """Both in order."""
    place = np.searchsorted(others, times)
    found = place < len(others)
    found[found] = others[place[found]] == times[found]
    return np.asarray(found, np.bool_)


def _equal(one: Columns, other: Columns) -> NDArray[np.bool_]:
    """Row by row."""
    number = {source: n for n, source in enumerate(dict.fromkeys((*one.of, *other.of)))}
    mine, theirs = (np.array([number[source] for source in each.of], np.int64)[each.sources] for each in (one, other))
    equal = (one.times == other.times) & (mine == theirs) & (one.quality == other.quality)
    equal &= (one.values == other.values) | (np.isnan(one.values) & np.isnan(other.values))
    equal &= (one.reasons == other.reasons) & (one.versions == other.versions) & (one.meters == other.meters)
    texts = [one.texts.get(n) == other.texts.get(n) for n in range(len(one))] if one.texts or other.texts else True
    return np.asarray(equal & texts, np.bool_)


def _is_bounded(series: _Series, latest: Mapping[str, int], around: _Around) -> bool:
    """Whether the good measurement that follows is known, or that none does: its segment begins at a changed one."""
    old = series.there.rows
    if _newest(series, latest) < around.end:
        return True
    behind = old.times >= around.end - HOUR
    return bool((behind & (old.quality == 1) & ~np.isnan(old.values)).any())


def _put(writes: Writes, changed: Sequence[_Series], latest: Mapping[str, int]) -> None:
    writes.past([one.others for one in changed if len(one.others)])
    writes.put([one.differing for one in changed])
    writes.latest(
        [one.new.take(np.array([len(one.new) - 1])) for one in changed if one.new.times[-1] >= _newest(one, latest)]
    )


def _newest(series: _Series, latest: Mapping[str, int]) -> int:
    return latest.get(series.new.variable, NEVER)


def _roll_up(
    cursor: Any, writes: Writes, changed: Sequence[_Series], around: _Around, latest: Mapping[str, int]
) -> None:
    """The hours that became others, and the days that they are in."""
    far = [one.new.variable for one in changed if one.there.before is None and one.new.variable in latest]
    before = good_before(cursor, point_id=writes.point_id, variables=far, start=around.start) if far else {}
    for one in changed:
        name, old = one.new.variable, one.there.hours
        made = _hours(one, one.there.before or before.get(name))
        others = {hour: figures for hour, figures in made.items() if old.get(hour) != figures}
        writes.hours += [(name, hour, figures) for hour, figures in sorted(others.items())]
        writes.days += [(name, *day) for day in days_of(old | made, others)]


def _hours(series: _Series, before: tuple[int, float] | None) -> dict[int, Figures]:
    old, new = series.there.rows, series.new
    stay = ~_among(old.times, new.times)
    times = np.concatenate([old.times[stay], new.times])
    order = np.argsort(times, kind="stable")
    values = np.concatenate([old.values[stay], new.values])[order]
    quality = np.concatenate([old.quality[stay], new.quality])[order]
    return as_figures(hours_of(times[order], values, quality, since=before))


def _spans(differing: Columns) -> Iterator[Span]:
    days = differing.times // DAY
    for day in np.unique(days).tolist():
        times = differing.times[days == day]
        yield Span(differing.variable, int(times[0]), int(times[-1]), len(times))
