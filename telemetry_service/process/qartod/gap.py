"""Gap: nothing came for so long before a reading. Of the reading itself it says nothing.

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
    """The reading that ends the gap is flagged, and the first of all. A time without a value does not end it."""
    flags = all_of(series, Quality.GOOD)
    places = np.flatnonzero(series.present)
    apart = np.diff(series.times[places], prepend=np.iinfo(np.int64).min // 2)
    for seconds, quality in ((limits.suspect_s, Quality.SUSPECT), (limits.fail_s, Quality.FAIL)):
        if seconds is not None:
            beyond = np.zeros(len(flags), np.bool_)
            beyond[places] = apart > seconds * SECOND
            raise_flags(flags, beyond, quality)
    return flags


def reach_s(limits: Gap) -> float:
    """Seconds before a reading within which lies all that it is compared with."""
    return max(limits.suspect_s, limits.fail_s or 0)
