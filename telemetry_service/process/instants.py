"""Device times as whole microseconds since 1970, which arrays hold exactly."""

from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from telemetry_service.measurements.columns import NEVER, Floats, Int64

Mask = NDArray[np.bool_]
__all__ = ["NEVER", "Floats", "Int64", "Mask", "instant", "micros"]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MICROS_A_SECOND = 1_000_000
DAY = 86_400 * MICROS_A_SECOND


def micros(at: datetime) -> int:
    return (at - EPOCH) // MICROSECOND


def instant(micros_since_1970: int) -> datetime:
    return EPOCH + timedelta(microseconds=int(micros_since_1970))
