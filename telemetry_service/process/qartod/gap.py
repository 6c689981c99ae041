"""Gap: how long before a reading the last one was. Of the reading itself it says nothing.

QARTOD test 1 asks it of the clock; that is what the health of a point is for. Here it is asked of the series.
"""

from dataclasses import dataclass

import numpy as np

from telemetry_service.measurements.quality import Quality
from telemetry_service.process.qartod.series import SECOND, Flags, Series, all_of, raise_flags


@dataclass(frozen=True, slots=True)
class Gap:
    """Seconds between two readings."""

    suspect_s: float
    fail_s: float | None = None


def gap(series: Series, limits: Gap) -> Flags:
    """The reading that ends the gap is flagged. A time without a value does not end it."""
    flags = all_of(series, Quality.GOOD)
    places = np.flatnonzero(series.present)
    flags[places[:1]] = Quality.NOT_EVALUATED
    apart = np.diff(series.times[places])
    for seconds, quality in ((limits.suspect_s, Quality.SUSPECT), (limits.fail_s, Quality.FAIL)):
        if seconds is not None:
            beyond = np.zeros(len(flags), np.bool_)
            beyond[places[1:]] = apart > seconds * SECOND
            raise_flags(flags, beyond, quality)
    return flags
