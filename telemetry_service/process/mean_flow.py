"""Flow that a counter shows: what it advanced over a window long enough for the size of its pulse.

Between two readings a minute apart a counter of ten-litre pulses shows 0 or 0.17 L/s and nothing between. Over twenty
counts one more or less is 5 %.
"""

from typing import NamedTuple

import numpy as np

from telemetry_service.process.instants import MICROS_A_SECOND, Floats, Int64, Mask

ENOUGH_COUNTS = 20
LONGEST_S = 3600
GAP = 1.5  # times the longest window


class MeanFlow(NamedTuple):
    """`flow` in L/s at the end of each window, NaN at the first reading. `of_gap`: the mean of a whole gap."""

    flow: Floats
    window_s: Floats
    of_gap: Mask


def mean_flow(times: Int64, volumes: Floats, *, m3_per_count: float, longest_s: int = LONGEST_S) -> MeanFlow:
    """`volumes` in m³ after each believed reading, `times` in µs, ascending. A stopped pump is 0 after `longest_s`.

    Over a gap it is the mean of the gap, marked as such, never scaled to a shorter time.
    """
    count = len(times)
    flow, window = np.full(count, np.nan), np.full(count, np.nan)
    if count < 2:
        return MeanFlow(flow, window, np.zeros(count, np.bool_))
    by_counts = np.searchsorted(volumes, volumes - ENOUGH_COUNTS * m3_per_count, "right") - 1
    by_time = np.searchsorted(times, times - longest_s * MICROS_A_SECOND, "right") - 1
    first = np.clip(np.minimum(np.maximum(by_counts, by_time), np.arange(count) - 1), 0, None)
    window[1:] = (times - times[first])[1:] / MICROS_A_SECOND
    flow[1:] = 1000 * (volumes - volumes[first])[1:] / window[1:]
    last_step = np.diff(times, prepend=times[0]) / MICROS_A_SECOND
    return MeanFlow(flow, window, last_step > GAP * longest_s)
