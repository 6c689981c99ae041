"""Devices that only tell, and Sparkplug nodes, which are born first and are born again when somebody asks."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING

from deploy.simulators.mqtt.encoders import Encoder
from deploy.simulators.mqtt.sample import Message, Sample
from deploy.simulators.mqtt.timeline import Timeline

if TYPE_CHECKING:  # protobuf is an extra
    from deploy.simulators.mqtt.formats.sparkplug import EdgeNode


@dataclass(frozen=True)
class Plain:
    encode: Encoder
    will: Message | None = None

    def last_will(self) -> Message | None:
        return self.will

    def begin(self, now: int) -> Sequence[Message]:
        return []

    def say(self, samples: Sequence[Sample]) -> Sequence[Message]:
        return self.encode(samples)


@dataclass
class Node:
    """`types` by device: of each metric, the one type that it will ever have."""

    edge: "EdgeNode"
    timelines: Sequence[Timeline]
    types: Mapping[str, Mapping[str, int]]
    reborn: threading.Event = field(default_factory=threading.Event)

    def last_will(self) -> Message | None:
        """Names the birth that is about to come."""
        self.edge.birth_number += 1
        return self.edge.node_death()

    def begin(self, now: int) -> Sequence[Message]:
        born = [self.edge.node_birth(now)]
        for timeline in self.timelines:
            tracks = timeline.thing.tracks
            latest = {key: point[1] for key, track in tracks.items() if (point := track.latest(now))}
            born.append(self.edge.device_birth(Sample(timeline.device, now, latest), self.types[timeline.device]))
        return born

    def say(self, samples: Sequence[Sample]) -> Sequence[Message]:
        born: Sequence[Message] = []
        if self.reborn.is_set():
            self.reborn.clear()
            born = self.begin(samples[0].at)
        told = [self.edge.device_data(list(of_one)) for _, of_one in groupby(samples, key=lambda one: one.device)]
        return [*born, *told]

    def hear(self, payload: bytes) -> None:
        """A command to the node."""
        from deploy.simulators.mqtt.formats.sparkplug import asks_for_rebirth

        if asks_for_rebirth(payload):
            self.reborn.set()
