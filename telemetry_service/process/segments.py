"""Where which version of a configuration holds, in an array of times."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from telemetry_service.measurements.columns import NO_VERSION
from telemetry_service.process.instants import Int64, micros
from telemetry_service.process.setup import UNCONFIGURED, Setup


class Segment(NamedTuple):
    """Entries `start` to `stop` of the array, this one not included, have `setup`."""

    start: int
    stop: int
    setup: Setup


def segments(times: Int64, setups: Sequence[Setup]) -> list[Segment]:
    """`times` ascending; `setups` in the order in which they begin to hold. None of them is empty."""
    begins = [0, *(_first(times, setup) for setup in setups), len(times)]
    holding = [UNCONFIGURED, *setups]
    return [
        Segment(start, stop, setup)
        for start, stop, setup in zip(begins, begins[1:], holding, strict=False)
        if start < stop
    ]


def versions(of: Iterable[Segment], length: int) -> Int64:
    found = np.full(length, NO_VERSION, np.int64)
    for start, stop, setup in of:
        if setup.version is not None:
            found[start:stop] = setup.version
    return found


def _first(times: Int64, setup: Setup) -> int:
    return 0 if setup.valid_from is None else int(np.searchsorted(times, micros(setup.valid_from)))
