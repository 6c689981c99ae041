"""Device times as whole microseconds since 1970, which arrays hold exactly."""

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from telemetry_service.measurements.columns import EPOCH, NEVER, Floats, Int64, instant

Mask = NDArray[np.bool_]
__all__ = ["EPOCH", "NEVER", "Floats", "Int64", "Mask", "instant", "micros"]
MICROSECOND = timedelta(microseconds=1)
MICROS_A_SECOND = 1_000_000
DAY = 86_400 * MICROS_A_SECOND


def micros(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND
