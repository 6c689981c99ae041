"""Spike: up to a few readings that stand out from what came before *and* from what came after.

QARTOD test 6 compares a reading with the mean of its two neighbours. That calls both sides of a step a spike, and knows
none that lasts two readings. Here a reading stands out by as much as it lies outside the span of two readings around
it, whichever pair of near ones makes it the most (the top-hat transform): nothing on a slope or a step, and for one
reading between two equal ones exactly QARTOD's figure. It has to stand out as much from the median of those around it:
the one good reading between two spikes is none.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from telemetry_service.measurements.quality import Quality
from telemetry_service.process.qartod.around import LEARNED_WITHIN_S, Places, medians, steps_between, usual_around
from telemetry_service.process.qartod.series import SECOND, Flags, Mask, Series, Values, all_of


@dataclass(frozen=True, slots=True)
class Spike:
    """`suspect`, `fail`: how far a reading may stand out, in the variable's unit.

    By more, besides, than `relative` times the level around it, and than `usual` times the median change from reading
    to reading around it: sensors tremble, rivers are in flood.
    `readings`: the most readings that a spike lasts. `within_s`: the readings around it are no farther apart.
    """

    suspect: float
    fail: float | None = None
    relative: float = 0.0
    usual: float = 5.0
    readings: int = 3
    within_s: float = 6 * 3600


def spike(series: Series, limits: Spike, *, among: Mask | None = None) -> Flags:
    """`among`: the readings that count, all that are present by default. Of the others none is judged.

    Nor is one without a near reading on either side: the newest is not known to be a spike before the next has come.
    """
    counted = series.present if among is None else among & series.present
    flags = all_of(series, Quality.NOT_EVALUATED)
    flags[counted] = _judged(Series(series.times[counted], series.values[counted]), limits)
    return flags


def _judged(series: Series, limits: Spike) -> Flags:
    above, below = standing_out(series, limits)
    flags = all_of(series, Quality.NOT_EVALUATED)
    flags[~np.isnan(above)] = Quality.GOOD
    places = np.flatnonzero((above > limits.suspect) | (below > limits.suspect))
    out = _out_of_the_usual(series, places, above[places], below[places], limits)
    for threshold, quality in ((limits.suspect, Quality.SUSPECT), (limits.fail, Quality.FAIL)):
        if threshold is not None:
            flags[places[out > threshold]] = quality
    return flags


def _out_of_the_usual(series: Series, places: Places, above: Values, below: Values, limits: Spike) -> Values:
    """How far each place stands out of the median around it too; 0 where that is not unusual."""
    times, values = series
    within, around = int(limits.within_s * SECOND), np.arange(-2 * limits.readings, 2 * limits.readings + 1)
    off = values[places] - medians(times, values, places, around, within)
    # One of the two is positive at most: nothing lies above the readings around it and below them.
    out = np.maximum(np.minimum(above, off), np.minimum(below, -off))
    least = limits.relative * np.abs(values[places] - np.sign(off) * out)
    if limits.usual:
        # From each reading to the next, before and after whatever may be a part of the spike.
        steps, apart = steps_between(series), limits.readings
        usual = usual_around(times, steps, places, before=apart, after=apart + 1)
        least = np.maximum(least, limits.usual * usual)
    unusual: Values = np.where(out > least, out, 0.0)
    return unusual


def standing_out(series: Series, limits: Spike) -> tuple[Values, Values]:
    """How far each reading lies above, and below, the readings around it; NaN where there are none on both sides."""
    above, below = (np.full(series.values.shape, np.nan) for _ in range(2))
    within = int(limits.within_s * SECOND)
    for before, after in _pairs(limits.readings):
        inner = slice(before, max(before, len(series.values) - after))
        left, right = (series.values[_moved(inner, by)] for by in (-before, after))
        near = series.times[_moved(inner, after)] - series.times[_moved(inner, -before)] <= within
        middle = series.values[inner]
        above[inner] = np.fmax(above[inner], np.where(near, middle - np.maximum(left, right), np.nan))
        below[inner] = np.fmax(below[inner], np.where(near, np.minimum(left, right) - middle, np.nan))
    return above, below


def reach_s(limits: Spike) -> float:
    """Seconds before and after a reading within which lies all that it is compared with."""
    learned = 2 * LEARNED_WITHIN_S if limits.usual else 0
    return max(limits.within_s, learned)


def _pairs(readings: int) -> Iterator[tuple[int, int]]:
    """How many readings before and after: between the two lie at most `readings`."""
    for before in range(1, readings + 1):
        for after in range(1, readings + 2 - before):
            yield before, after


def _moved(inner: slice, by: int) -> slice:
    return slice(inner.start + by, inner.stop + by)
