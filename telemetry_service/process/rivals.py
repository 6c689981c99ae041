"""Of two sources' readings of a counter at one instant the better stays; of two equals, the first."""

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

import numpy as np

from telemetry_service.measurements.quality import Quality
from telemetry_service.process.gauge import Gauge
from telemetry_service.process.instants import Int64
from telemetry_service.raw.flags import Flag


class Said(NamedTuple):
    """While `at` was read, this became of `row`: a held reading is spoken of again."""

    at: int
    row: int
    quality: int


def losers(gauge: Gauge, said: Sequence[Said], quality: Int64) -> list[int]:
    """The rows that give way. `said` has what the stream said, in order; of other rows `quality` is all there is."""
    same = gauge.times[1:] == gauge.times[:-1]
    if not same.any():
        return []
    shared = np.zeros(len(gauge), np.bool_)
    shared[1:] |= same
    shared[:-1] |= same
    spoken = [one for one in said if shared[one.row]]
    silent = shared.copy()
    silent[[one.row for one in spoken]] = False
    rest = [Said(row, row, int(quality[row])) for row in np.flatnonzero(silent).tolist()]
    stay: dict[int, Said] = {}
    for one in sorted([*spoken, *rest], key=attrgetter("at")):
        _speak(stay, int(gauge.times[one.row]), _of_arrival(gauge, one))
    kept = {one.row for one in stay.values()}
    return [row for row in np.flatnonzero(shared).tolist() if row not in kept]


def _speak(stay: dict[int, Said], time: int, one: Said) -> None:
    there = stay.get(time)
    if there is None or there.row == one.row or one.quality < there.quality:
        stay[time] = one


def _of_arrival(gauge: Gauge, one: Said) -> Said:
    ours = int(gauge.flags[one.row]) & int(Flag.RECEIVE_TIME)
    return one._replace(quality=max(one.quality, int(Quality.SUSPECT))) if ours else one
