"""Flat line: a sensor that shows the same for too long is stuck, buried, dry or answered for by its logger.

QARTOD test 8, by time instead of by number of readings. Every reading of the flat line is flagged, not only those after
the time is up: the first ones were no better, it was only not known yet.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telemetry_service.measurements.quality import Quality
from telemetry_service.process.qartod.series import SECOND, Flags, Mask, Series, Times, Values, all_of, raise_flags

Places = npt.NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class FlatLine:
    """`suspect_s`, `fail_s`: how long the values may stay within `tolerance` (highest less lowest, in their unit).

    `readings`: fewer are no flat line; nor are any that lie farther apart than it would have to last.
    `idle`: at or below this value nothing moves, and may be flat.
    """

    suspect_s: float
    fail_s: float | None = None
    tolerance: float = 0.0
    readings: int = 3
    idle: float | None = None


def flat_line(series: Series, limits: FlatLine) -> Flags:
    flags = all_of(series, Quality.GOOD)
    counted = series.present
    if not counted.any():
        return flags
    there = Series(series.times[counted], series.values[counted])
    moving = limits.idle is None or there.values > limits.idle
    for seconds, quality in ((limits.suspect_s, Quality.SUSPECT), (limits.fail_s, Quality.FAIL)):
        if seconds is not None:
            beyond = np.zeros(len(series.values), np.bool_)
            beyond[counted] = in_flat_line(there, limits, seconds) & moving
            raise_flags(flags, beyond, quality)
    return flags


def reach_s(limits: FlatLine) -> float:
    """Seconds before and after a reading within which lies all that it is compared with.

    The shortest run around it that lasts long enough, whose readings lie no farther apart than that.
    """
    return max(limits.suspect_s, limits.fail_s or 0) * max(2, limits.readings - 1)


def in_flat_line(series: Series, limits: FlatLine, seconds: float) -> Mask:
    """The readings in a run that lasts `seconds` or more within the tolerance."""
    lasting = int(seconds * SECOND)
    found = np.zeros(len(series.values), np.bool_)
    for steady in _steady(series, limits, lasting):
        times, values = series.times[steady], series.values[steady]
        first, last = _shortest(times, lasting, limits.readings)
        flat = _ranges(values, first, last) <= limits.tolerance
        found[steady] = _covered(first[flat], last[flat], len(values))
    return found


def _steady(series: Series, limits: FlatLine, lasting: int) -> Iterator[slice]:
    """Where no neighbours differ by more than the tolerance, or lie farther apart than a flat line lasts."""
    moved = np.abs(np.diff(series.values)) > limits.tolerance
    breaks = np.flatnonzero(moved | (np.diff(series.times) > lasting)) + 1
    begins, ends = np.append(0, breaks), np.append(breaks, len(series.values))
    times = series.times
    enough = (ends - begins >= max(limits.readings, 1)) & (times[ends - 1] - times[begins] >= lasting)
    for begin, end in zip(begins[enough], ends[enough], strict=True):
        yield slice(begin, end)


def _shortest(times: Times, lasting: int, readings: int) -> tuple[Places, Places]:
    """First and last place of every part that lasts so long and has so many readings, and none to spare at one end.

    A run that is long enough is the union of such parts, each of which ends or begins at one of its readings: so the
    cost does not grow with its length, and a reading depends on its near ones only.
    """
    places = np.arange(len(times))
    begins = np.minimum(np.searchsorted(times, times - lasting, side="right") - 1, places - (readings - 1))
    ends = np.maximum(np.searchsorted(times, times + lasting, side="left"), places + (readings - 1))
    from_end, from_begin = begins >= 0, ends < len(times)
    return (
        np.concatenate((begins[from_end], places[from_begin])),
        np.concatenate((places[from_end], ends[from_begin])),
    )


def _covered(first: Places, last: Places, size: int) -> Mask:
    edges = np.bincount(first, minlength=size + 1) - np.bincount(last + 1, minlength=size + 1)
    covered: Mask = np.cumsum(edges[:-1]) > 0
    return covered


def _ranges(values: Values, first: Places, last: Places) -> Values:
    """Highest less lowest from `first` to `last`, of parts of any length: over a table of powers of two."""
    found = np.empty(len(first))
    level = np.frexp(last - first + 1.0)[1] - 1
    high = low = values
    for power in range(int(level.max(initial=-1)) + 1):
        here, reach = level == power, 1 << power
        begin, end = first[here], last[here] + 1 - reach
        found[here] = np.maximum(high[begin], high[end]) - np.minimum(low[begin], low[end])
        high = np.maximum(high[:-reach], high[reach:])
        low = np.minimum(low[:-reach], low[reach:])
    return found
