"""Rate of change: no water rises, warms or clears faster than this between two readings.

QARTOD test 7, per hour instead of per reading: loggers wake, sleep and catch up.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from telemetry_service.measurements.quality import Quality
from telemetry_service.process.qartod.around import LEARNED_WITHIN_S, Places, usual_around
from telemetry_service.process.qartod.series import HOUR, SECOND, Flags, Mask, Series, Values, all_of


@dataclass(frozen=True, slots=True)
class RateOfChange:
    """`suspect_per_h`, `fail_per_h`: the variable's unit an hour.

    Faster, besides, than `usual` times the median rate around it: a river in flood, a pump that starts every hour.
    `shortest_s`: two readings nearer than this count as so far apart, or the sensor's last digit would be a torrent.
    `longest_s`: over a longer gap nothing is judged.
    """

    suspect_per_h: float
    fail_per_h: float | None = None
    usual: float = 5.0
    shortest_s: float = 60
    longest_s: float = 6 * 3600


def rate_of_change(series: Series, limits: RateOfChange, *, among: Mask | None = None) -> Flags:
    """Each reading against the last one before it of `among` (all that are present by default).

    Without spikes among them the reading that comes back from one is not blamed for it.
    """
    counted = series.present if among is None else among & series.present
    last = _last_before(counted)
    times, values = series
    apart = np.where(last >= 0, times - times[last], np.int64(limits.longest_s * SECOND) + 1)
    judged = series.present & (apart <= limits.longest_s * SECOND)
    hours = np.maximum(apart, limits.shortest_s * SECOND) / HOUR
    rate = np.where(judged, np.abs(values - values[last]) / hours, np.nan)
    flags = all_of(series, Quality.NOT_EVALUATED)
    flags[judged] = Quality.GOOD
    places = np.flatnonzero(rate > limits.suspect_per_h)
    rates = np.where(_unusual(series, rate, places, limits), rate[places], 0.0)
    for threshold, quality in ((limits.suspect_per_h, Quality.SUSPECT), (limits.fail_per_h, Quality.FAIL)):
        if threshold is not None:
            flags[places[rates > threshold]] = quality
    return flags


def reach_s(limits: RateOfChange) -> float:
    """Seconds before and after a reading within which lies all that it is compared with."""
    return limits.longest_s + (LEARNED_WITHIN_S if limits.usual else 0)


def _unusual(series: Series, rate: Values, places: Places, limits: RateOfChange) -> Mask:
    if not limits.usual:
        return np.ones(len(places), np.bool_)
    usual = usual_around(series.times, rate, places, before=1, after=1)
    unusual: Mask = rate[places] > limits.usual * usual
    return unusual


def _last_before(counted: Mask) -> npt.NDArray[np.intp]:
    """The place of the last counted reading before each; -1 for none."""
    places = np.where(counted, np.arange(len(counted)), -1)
    return np.concatenate(([-1], np.maximum.accumulate(places)[:-1])) if len(places) else places
