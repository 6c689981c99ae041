"""What the tests take and give: arrays of one variable of one point, in the order of time."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from telemetry_service.measurements.quality import Quality

Times = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]
Flags = npt.NDArray[np.int8]
Mask = npt.NDArray[np.bool_]

SECOND = 1_000_000  # of the times
HOUR = 3600 * SECOND


class Series(NamedTuple):
    """`times`: µs since 1970, ascending, each once. `values`: in the variable's own unit, NaN where there is none."""

    times: Times
    values: Values

    @property
    def present(self) -> Mask:
        return ~np.isnan(self.values)


def series_of(times: npt.ArrayLike, values: npt.ArrayLike) -> Series:
    """Raises ValueError for what is no series: a test that ran on it would flag the wrong readings."""
    made = Series(np.asarray(times, np.int64), np.asarray(values, np.float64))
    if made.times.ndim != 1 or made.times.shape != made.values.shape:
        raise ValueError(f"{made.times.shape} times and {made.values.shape} values: as many of each, in one dimension")
    if np.any(np.diff(made.times) <= 0):
        raise ValueError("the times do not ascend: sort them, and keep one reading of each time")
    return made


def all_of(series: Series, quality: Quality) -> Flags:
    """`quality` for every reading, MISSING where there is none."""
    return np.where(series.present, np.int8(quality), np.int8(Quality.MISSING))


def raise_flags(flags: Flags, beyond: Mask, quality: Quality) -> None:
    """In place. A missing reading stays missing, and a worse flag stays."""
    flags[beyond & (flags < quality)] = quality
