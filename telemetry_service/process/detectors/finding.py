"""What a detector found, and the hours in which it looks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from telemetry_service.measurements.columns import Columns
from telemetry_service.measurements.quality import Quality
from telemetry_service.process.instants import DAY, Floats, Int64, Mask

HOUR = DAY // 24
SHORTEST, LONGEST = HOUR // 2, HOUR * 3 // 2  # what still counts as an hour between two readings


@dataclass(frozen=True, slots=True)
class Finding:
    """`first` and `last` in µs since 1970. `seen` and `expected` are figures to compare, in the words of `says`."""

    name: str
    first: int
    last: int
    seen: float
    expected: float
    says: str  # in Spanish, for the person who has to act


class Limits(NamedTuple):
    """What detectors need of a point's configuration."""

    m3_per_count: float
    level_max_m: float = 95.0  # the specification's
    drawdown_m: float = 2.0  # how far a level falls only while a pump draws


@dataclass(frozen=True, slots=True)
class Hourly:
    """One entry for each two believed readings of the counter about an hour apart; NaN is not known.

    `rate` is the flow that the counter shows, `flow` the mean of what the flow sensor read meanwhile, both in L/s.
    """

    ends: Int64
    seconds: Floats
    rate: Floats
    flow: Floats


def hourly(columns: Mapping[str, Columns]) -> Hourly:
    volume, flow = columns.get("volume"), columns.get("flow")
    times, values = believed(volume)
    last = np.flatnonzero(np.diff(times // HOUR, append=-1))  # of each hour the last
    times, values = times[last], values[last]
    apart = np.diff(times)
    near = (apart >= SHORTEST) & (apart <= LONGEST)
    seconds = apart[near] / 1e6
    rate = 1000 * np.diff(values)[near] / seconds
    return Hourly(times[1:][near], seconds, rate, _means(flow, times[:-1][near], times[1:][near]))


def believed(column: Columns | None) -> tuple[Int64, Floats]:
    """Times and values of the good ones."""
    if column is None:
        return np.zeros(0, np.int64), np.zeros(0)
    good = (column.quality == Quality.GOOD) & ~np.isnan(column.values)
    return column.times[good], column.values[good]


def with_value(column: Columns | None) -> tuple[Int64, Floats]:
    if column is None:
        return np.zeros(0, np.int64), np.zeros(0)
    some = ~np.isnan(column.values)
    return column.times[some], column.values[some]


def _means(flow: Columns | None, after: Int64, until: Int64) -> Floats:
    """Of what was read later than `after` and up to `until`."""
    times, values = with_value(flow)
    sums = np.concatenate([[0.0], np.cumsum(values)])
    first, last = np.searchsorted(times, after, "right"), np.searchsorted(times, until, "right")
    count = last - first
    return np.where(count > 0, (sums[last] - sums[first]) / np.maximum(count, 1), np.nan)


def runs(where: Mask) -> list[tuple[int, int]]:
    """First and last index of each stretch of what is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], where, [False]]).astype(np.int8)))
    return [(int(first), int(last) - 1) for first, last in edges.reshape(-1, 2)]


def merged(found: Iterable[Finding], *, within: int) -> list[Finding]:
    """Those of one name that follow each other within `within` µs are one."""
    kept: list[Finding] = []
    for one in found:
        if kept and kept[-1].name == one.name and one.first - kept[-1].last <= within:
            kept[-1] = replace(kept[-1], last=one.last)
        else:
            kept.append(one)
    return kept


def by_day(ends: Int64) -> Sequence[Int64]:
    """The indices of each UTC day's entries; an entry belongs to the day in which its hour ends."""
    days = (ends - 1) // DAY
    return [np.flatnonzero(days == day) for day in np.unique(days)]
