"""What each device publishes and when: its readings, in the order in which they leave it."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

from deploy.simulators.mqtt.sample import Sample
from deploy.simulators.scenario import Thing
from deploy.simulators.times import FOREVER
from deploy.simulators.tracks import Value

# What leaves the device so long after its own time was kept through a lost link.
LATE_MS = 60_000


@dataclass(frozen=True)
class Timeline:
    """`times` says when each sample leaves, ascending."""

    thing: Thing
    device: str
    times: Sequence[int] = field(repr=False)
    samples: Sequence[Sample] = field(repr=False)

    def between(self, start: int, end: int) -> Sequence[tuple[int, Sample]]:
        """start <= leaving < end."""
        found = range(bisect_left(self.times, start), bisect_left(self.times, end))
        return [(self.times[index], self.samples[index]) for index in found]


def timeline_of(thing: Thing, device: str) -> Timeline:
    """All variables of one instant are one sample; a duplicate is one more."""
    found: dict[tuple[int, int, int], dict[str, Value]] = {}
    for key, track in thing.tracks.items():
        last, again = None, 0
        for seen, at, value in track.arrivals(-FOREVER, FOREVER):
            again = again + 1 if (seen, at) == last else 0
            last = (seen, at)
            found.setdefault((seen, at, again), {})[key] = value
    rows = sorted(found)
    units = {key: track.unit for key, track in thing.tracks.items()}
    samples = [
        Sample(device, at, found[seen, at, again], units, number, is_late=seen - at > LATE_MS)
        for number, (seen, at, again) in enumerate(rows)
    ]
    return Timeline(thing, device, [seen for seen, _, _ in rows], samples)
