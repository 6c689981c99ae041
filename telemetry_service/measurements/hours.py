"""The hourly sums of one variable by columns: to the last bit what `rollups.MAKE_HOURS` makes of the same rows.

Sums go from one measurement to the next, in order of time, as PostgreSQL's do: numpy's own would add in another order.
"""

import operator
from functools import reduce
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from telemetry_service.measurements.columns import Floats, Int64

HOUR = 3_600_000_000
LONGEST_SEGMENT_S = 86_400
GOOD = 1
FEW = 24  # hours: fewer are summed sooner one by one than beside each other


class Hours(NamedTuple):
    """One entry an hour; NaN is none. Names as in `measurement_hourly`, but for `rows`, its `count`."""

    hour: Int64
    rows: Int64
    good: Int64
    first: Floats
    last: Floats
    min: Floats
    max: Floats
    sum: Floats
    area: Floats
    weighed_s: Floats
    before: Floats


def hours_of(times: Int64, values: Floats, quality: Int64, *, since: tuple[int, float] | None) -> Hours:
    """`since`: time and value of the good measurement before these, if there is one."""
    hour, count = np.unique(times // HOUR, return_counts=True)
    is_good = (quality == GOOD) & ~np.isnan(values)
    at, value = times[is_good], values[is_good]
    place, starts, lengths = np.unique(np.searchsorted(hour, at // HOUR), return_index=True, return_counts=True)
    found = {name: np.full(len(hour), np.nan) for name in ("first", "last", "min", "max", "sum", "before")}
    area, weighed = np.zeros(len(hour)), np.zeros(len(hour))
    if len(at):
        before = np.concatenate([[since[1] if since else np.nan], value[:-1]])
        found["first"][place], found["last"][place] = value[starts], value[starts + lengths - 1]
        found["min"][place], found["max"][place] = (
            np.minimum.reduceat(value, starts),
            np.maximum.reduceat(value, starts),
        )
        found["sum"][place], found["before"][place] = _sums(value, starts, lengths), before[starts]
        seconds = np.concatenate([[at[0] - since[0] if since else np.nan], np.diff(at)]) / 1_000_000
        counts = seconds <= LONGEST_SEGMENT_S
        area[place] = _sums((value + before) / 2 * seconds, starts, lengths, counts)
        weighed[place] = _sums(seconds, starts, lengths, counts)
    good = np.zeros(len(hour), np.int64)
    good[place] = lengths
    return Hours(hour * HOUR, count, good, area=area, weighed_s=weighed, **found)


def _sums(
    values: Floats, starts: NDArray[np.intp], lengths: NDArray[np.intp], counts: NDArray[np.bool_] | None = None
) -> Floats:
    """Of each group the sum from its first value on, of those that count; 0 where none does."""
    if len(starts) < FEW:
        return _sums_of_few(values, starts, lengths, np.ones(len(values), np.bool_) if counts is None else counts)
    sums = np.zeros(len(starts))
    begun = np.zeros(len(starts), np.bool_)
    for step in range(int(lengths.max(initial=0))):
        groups = np.flatnonzero(lengths > step)
        if counts is not None:
            groups = groups[counts[starts[groups] + step]]
        added = values[starts[groups] + step]
        sums[groups] = np.where(begun[groups], sums[groups] + added, added)
        begun[groups] = True
    return sums


def _sums_of_few(
    values: Floats, starts: NDArray[np.intp], lengths: NDArray[np.intp], counts: NDArray[np.bool_]
) -> Floats:
    groups = [slice(start, start + length) for start, length in zip(starts.tolist(), lengths.tolist(), strict=True)]
    return np.array([reduce(operator.add, values[one][counts[one]].tolist() or [0.0]) for one in groups])
