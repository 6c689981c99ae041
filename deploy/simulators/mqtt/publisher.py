"""Publishes what the scenario's devices tell, as it happens on the clock."""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any

from deploy.simulators.mqtt.encoders import GATEWAY, SPARKPLUG, encoder
from deploy.simulators.mqtt.formats.thethings import thethings_last_will
from deploy.simulators.mqtt.link import Link, NotPublished, Where
from deploy.simulators.mqtt.speaker import Speaker, Voice
from deploy.simulators.mqtt.timeline import Timeline, timeline_of
from deploy.simulators.mqtt.voices import Node, Plain
from deploy.simulators.scenario import BadScenario, Scenario, Thing
from deploy.simulators.times import epoch_ms

STEP_S = 0.1
QOS = 1
# Sparkplug's data relies on its own sequence numbers.
QOS_OF = {SPARKPLUG: 0, "tts3": 0}


class Publisher:
    """`where` is for devices that have no account of their own; `since` is up to when they have told everything."""

    def __init__(
        self, scenario: Scenario, now: Callable[[], datetime], where: Where, *, since: datetime | None = None
    ) -> None:
        self._now = now
        self._where = where
        self._told_ms = epoch_ms(since or now())
        things = [thing for thing in scenario.things if thing.mqtt]
        if not things:
            raise BadScenario("no thing of the scenario has an mqtt entry")
        grouped = groupby(sorted(things, key=_share), key=_share)
        self.speakers = {name: self._speaker(name, list(of_one)) for name, of_one in grouped}

    def step(self) -> int:
        """Publish what happened since the last step; how many messages, all of them acknowledged."""
        now = epoch_ms(self._now())
        return sum(speaker.step(now) for speaker in self.speakers.values())

    def drop(self, thing: str) -> None:
        """Break off the connection that the thing uses."""
        speakers = self.speakers.values()
        next(one for one in speakers if any(line.thing.name == thing for line in one.timelines)).drop()

    def close(self) -> None:
        for speaker in self.speakers.values():
            speaker.close()

    def _speaker(self, name: str, things: Sequence[Thing]) -> Speaker:
        said = things[0].mqtt
        timelines = [timeline_of(thing, _device(thing)) for thing in things]
        try:
            voice = _voice(said, timelines)
        except ImportError as error:
            raise BadScenario(f"{name}: {SPARKPLUG} needs protobuf") from error
        where = replace(
            self._where,
            username=said.get("username", self._where.username),
            password=said.get("password", self._where.password),
        )
        if isinstance(voice, Node):
            topic = f"spBv1.0/{voice.edge.group}/NCMD/{voice.edge.edge}"
            link = Link(f"simulator-{name}", where, topic=topic, hear=voice.hear)
        else:
            link = Link(f"simulator-{name}", where)
        qos = said.get("qos", QOS_OF.get(said["format"], QOS))
        return Speaker(name, link, voice, timelines, qos, self._told_ms)


def _share(thing: Thing) -> str:
    """The things of one name share a connection: a gateway's, a node's; the others have each their own."""
    said = thing.mqtt
    if "format" not in said:
        raise BadScenario(f"{thing.name}: its mqtt entry names no format")
    if said["format"] == SPARKPLUG:
        return f"{said.get('group', 'pozos')}-{said.get('edge', 'nodo')}"
    return str(said.get("gateway", thing.name)) if said["format"] == GATEWAY else thing.name


def _device(thing: Thing) -> str:
    return str(thing.mqtt.get("device") or thing.device or thing.token or thing.name)


def _voice(said: Mapping[str, Any], timelines: Sequence[Timeline]) -> Voice:
    if said["format"] == SPARKPLUG:
        from deploy.simulators.mqtt.formats.sparkplug import EdgeNode, type_of

        edge = EdgeNode(said.get("group", "pozos"), said.get("edge", "nodo"))
        types = {
            line.device: {key: type_of(track.values) for key, track in line.thing.tracks.items()} for line in timelines
        }
        return Node(edge, timelines, types)
    will = thethings_last_will(timelines[0].device) if said.get("last_will") else None
    return Plain(encoder(said["format"], said.get("options", {})), will)


@contextmanager
def publishing(
    scenario: Scenario, now: Callable[[], datetime], where: Where, *, since: datetime | None = None
) -> Iterator[Publisher]:
    """Publish from a thread of this process, looking at the clock ten times a second."""
    publisher, ended = Publisher(scenario, now, where, since=since), threading.Event()
    thread = threading.Thread(target=publish_until, args=(publisher, ended), daemon=True)
    thread.start()
    try:
        yield publisher
    finally:
        ended.set()
        thread.join()
        publisher.close()


def publish_until(publisher: Publisher, ended: threading.Event) -> None:
    """A broker that is away is tried again at the next step."""
    while not ended.wait(STEP_S):
        try:
            publisher.step()
        except NotPublished:
            continue
