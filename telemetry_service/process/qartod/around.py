"""What is usual around a reading: medians over the near ones, for the few places that a threshold singled out.

QARTOD proposes thresholds in standard deviations of the day before. A median does not grow with the spike of an hour
ago, and what comes after tells a flood from a fault.
"""

import numpy as np
import numpy.typing as npt

from telemetry_service.process.qartod.series import SECOND, Series, Times, Values

Places = npt.NDArray[np.intp]
# Readings on either side from which is learned how much a series moves, and how near they must be.
LEARNED_FROM = 12
LEARNED_WITHIN_S = 6 * 3600


def medians(times: Times, figures: Values, places: Places, offsets: Places, within: int) -> Values:
    """Of `figures` at these offsets from each place whose times are no farther than `within`; 0 where there is none."""
    around = places[:, None] + offsets
    inside = np.clip(around, 0, max(len(figures) - 1, 0))
    near = np.abs(times[inside] - times[places][:, None]) <= within
    chosen = np.where((around == inside) & near, figures[inside], np.nan)
    known = ~np.isnan(chosen).all(axis=1)
    found = np.zeros(len(places))
    if known.any():
        found[known] = np.nanmedian(chosen[known], axis=1)
    return found


def steps_between(series: Series) -> Values:
    """How far each value lies from the one before; NaN where that one is too long ago to tell anything."""
    steps = np.abs(np.diff(series.values, prepend=np.nan))
    steps[1:][np.diff(series.times) > LEARNED_WITHIN_S * SECOND] = np.nan
    return steps


def usual_around(times: Times, figures: Values, places: Places, *, before: int, after: int) -> Values:
    """The median of `figures` on both sides, from so many readings before each place and so many after it outwards."""
    offsets = np.concatenate((-np.arange(before, before + LEARNED_FROM), np.arange(after, after + LEARNED_FROM)))
    return medians(times, figures, places, offsets, int(LEARNED_WITHIN_S * SECOND))
