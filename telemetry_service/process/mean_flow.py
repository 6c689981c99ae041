"""Flow that a counter shows: what it advanced over a window long enough for the size of its pulse.

Between two readings a minute apart a counter of ten-litre pulses shows 0 or 0.17 L/s and nothing between. Over twenty
counts one more or less is 5 %.
"""

from typing import NamedTuple

import numpy as np

from telemetry_service.process.exact import less
from telemetry_service.process.instants import MICROS_A_SECOND, Floats, Int64, Mask

ENOUGH_COUNTS = 20
HALF = 0.5  # of a count: the sums of a counter's volumes are no decimals
LONGEST_S = 3600
GAP = 1.5  # times the longest window
SHORT = 1 / 3  # of the longest window: with no twenty counts either it shows no flow


class MeanFlow(NamedTuple):
    """`flow` in L/s over the window that ends with each reading and begins with the one at `first`.

    It is NaN where there is no window (`first` is -1), or one that is `short`. `of_gap`: the mean of a whole gap.
    """

    flow: Floats
    window_s: Floats
    first: Int64
    of_gap: Mask
    short: Mask


def mean_flow(
    times: Int64,
    volumes: Floats,
    *,
    m3_per_count: Floats | float,
    longest_s: Int64 | int = LONGEST_S,
    meters: Int64 | None = None,
) -> MeanFlow:
    """`volumes` in m³ after each believed reading, `times` in µs; neither ever falls. A stopped pump is 0.

    A window begins twenty counts ago, at most `longest_s`, or where that holds no other reading with the one before:
    then it may be a gap, whose mean is marked as such and never scaled to a shorter time. No window reaches over a
    change of `meters`: what flowed between two meters' readings nobody counted. What is said of a reading depends on
    those within GAP × `longest_s` before it, and where there is none on the last one.
    """
    enough = (ENOUGH_COUNTS - HALF) * m3_per_count
    by_counts = np.searchsorted(volumes, volumes - enough, "right") - 1
    by_time = np.searchsorted(times, times - longest_s * MICROS_A_SECOND, "left")
    before = np.searchsorted(times, times, "left") - 1
    begin = _begins(np.zeros(len(times), np.int64) if meters is None else meters)
    first = np.where(before < begin, -1, np.minimum(np.maximum(np.maximum(by_counts, by_time), begin), before))
    window = np.where(first < 0, np.nan, (times - times[first]) / MICROS_A_SECOND)
    of_gap = window > GAP * longest_s
    short = (window < SHORT * longest_s) & (volumes - volumes[first] < enough)
    flow = np.full(len(times), np.nan)
    shown = np.flatnonzero((first >= 0) & ~short)
    flow[shown] = 1000 * less(volumes[shown], volumes[first[shown]]) / window[shown]
    return MeanFlow(flow, window, first, of_gap, short)


def _begins(meters: Int64) -> Int64:
    """Of each reading the place of the first one of its meter. A meter that is out does not come back."""
    places = np.arange(len(meters))
    changes = np.diff(meters, prepend=meters[:1]) != 0
    return np.maximum.accumulate(np.where(changes, places, 0))
