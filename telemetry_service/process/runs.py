"""A stretch of a counter in which every reading goes on from the one before: its volumes, exactly."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from telemetry_service.process.counter import Metering
from telemetry_service.process.exact import HELD, MOST_PLACES, whole
from telemetry_service.process.instants import Floats, Int64


@dataclass(frozen=True, slots=True)
class Run:
    """Of each reading its total and the volume after it, in m³. `volume_at` gives the latter to the last digit."""

    totals: Floats
    volumes: Floats
    exact: Int64 | Sequence[Decimal]
    places: int = 0

    def volume_at(self, reading: int) -> Decimal:
        if isinstance(self.exact, np.ndarray):
            return Decimal(int(self.exact[reading])).scaleb(-self.places)
        return self.exact[reading]


def run_of(counts: Int64, *, places: int, metering: Metering, volume: Decimal) -> Run:
    """`counts / 10**places`: the reading that is believed already, whose volume is `volume`, then those of the run."""
    per_count, per_places = whole(metering.m3_per_count)
    before, before_places = whole(volume)
    total_places = places + per_places
    volume_places = max(total_places, before_places)
    start, step = before * 10 ** (volume_places - before_places), per_count * 10 ** (volume_places - total_places)
    last, drawn = int(counts[-1]), int(counts[-1] - counts[0])
    if max(last * per_count, start + drawn * step) >= HELD or volume_places > MOST_PLACES:
        return _in_decimals(counts, places, metering, volume)
    volumes = start + (counts[1:] - counts[0]) * step
    totals = counts[1:] * per_count / 10.0**total_places
    return Run(totals, volumes / 10.0**volume_places, volumes, volume_places)


def _in_decimals(counts: Int64, places: int, metering: Metering, volume: Decimal) -> Run:
    """A factor without end, or more digits than a double holds: rounded as the stream rounds, reading by reading."""
    per_count = metering.m3_per_count
    readings = [Decimal(count).scaleb(-places) for count in counts.tolist()]
    volumes = []
    for before, reading in itertools.pairwise(readings):
        volume += (reading - before) * per_count
        volumes.append(volume)
    totals = np.array([float(reading * per_count) for reading in readings[1:]])
    return Run(totals, np.array([float(one) for one in volumes]), volumes)
