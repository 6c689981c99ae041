"""What the provider holds of each device: the scenario's readings, and what was written to it since."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field

from deploy.simulators.scenario import Thing
from deploy.simulators.tracks import EMPTY, Point, Track


@dataclass
class Store:
    written: dict[str, dict[str, Track]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def tracks(self, thing: Thing) -> Mapping[str, Track]:
        written = self.written.get(thing.name)
        return thing.tracks | written if written else thing.tracks  # type: ignore[operator]  # both are dicts

    def write(self, thing: Thing, points: Mapping[str, list[Point]], now: int) -> None:
        """Lasts as long as the process. A key that did not exist comes into being."""
        with self.lock:
            have = self.tracks(thing)
            changed = {key: have.get(key, EMPTY).plus(rows, now) for key, rows in points.items()}
            self.written[thing.name] = self.written.get(thing.name, {}) | changed
