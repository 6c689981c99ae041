"""Device times as whole microseconds since 1970, which arrays hold exactly."""

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]
Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MICROS_A_SECOND = 1_000_000
DAY = 86_400 * MICROS_A_SECOND
NEVER = np.iinfo(np.int64).min  # stands for no time at all


def micros(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def instant(micros_since_1970: int) -> datetime:
    return EPOCH + timedelta(microseconds=int(micros_since_1970))
