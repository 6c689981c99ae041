"""Devices that share one connection, and what they have told the broker so far."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from deploy.simulators.mqtt.link import Link
from deploy.simulators.mqtt.sample import Message, Sample
from deploy.simulators.mqtt.timeline import Timeline


class Voice(Protocol):
    """How they say it: `last_will` is left before each connection, `begin` opens it, `say` tells of one instant."""

    def last_will(self) -> Message | None: ...
    def begin(self, now: int) -> Sequence[Message]: ...
    def say(self, samples: Sequence[Sample]) -> Sequence[Message]: ...


@dataclass
class Speaker:
    name: str
    link: Link
    voice: Voice
    timelines: Sequence[Timeline]
    qos: int
    told_ms: int

    def step(self, now: int) -> int:
        """Tell what happened since; how many messages. Raises NotPublished, and then the next step tells it again."""
        if not self.link.is_open:
            self.link.open(self.voice.last_will())
            self._send(self.voice.begin(self.told_ms))
        due = sorted(
            (
                (at, number, sample)
                for number, timeline in enumerate(self.timelines)
                for at, sample in timeline.between(self.told_ms + 1, now + 1)
            ),
            key=lambda row: row[:2],
        )
        instants = [[sample for _, _, sample in rows] for _, rows in groupby(due, key=lambda row: row[0])]
        messages = [message for samples in instants for message in self.voice.say(samples)]
        self._send(messages)
        self.told_ms = max(now, self.told_ms)
        return len(messages)

    def drop(self) -> None:
        """Break the connection off; the next step makes a new one."""
        self.link.break_off()

    def close(self) -> None:
        self.link.close()

    def _send(self, messages: Sequence[Message]) -> None:
        for message in messages:
            self.link.send(message, qos=self.qos)
        self.link.flush()
