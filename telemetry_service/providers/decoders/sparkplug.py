"""Sparkplug B: `spBv1.0/{group}/{type}/{edge}[/{device}]`, protobuf, metrics by alias once a birth named them.

What a birth said is the memory of its edge node. Data that needs a birth which we have not heard is kept to be decoded
again, and the node is asked for a rebirth; so it is when a number of the sequence is missing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any

from telemetry_service.providers.decoders import sparkplug_payload as protobuf
from telemetry_service.providers.decoders.message import (
    Command,
    Decoded,
    Message,
    Reading,
    Status,
    Undecodable,
    is_name,
)
from telemetry_service.providers.decoders.sparkplug_numbers import number_text
from telemetry_service.providers.decoders.values import no_options, read_member
from telemetry_service.providers.engine.jsonpath import Number
from telemetry_service.providers.engine.node import Node

PREFIX = "spBv1.0"
HOST_STATE = "STATE"  # what an application says of itself: nothing about a device
DEATHS, BIRTHS, DATA = {"NDEATH", "DDEATH"}, {"NBIRTH", "DBIRTH"}, {"NDATA", "DDATA"}
NO_READINGS = ("Node Control/", "Device Control/", "bdSeq")
SEQUENCE = 256
BOOLEAN = 11


@dataclass(frozen=True, slots=True)
class Topic:
    group: str
    kind: str
    edge: str
    device: str  # empty: the edge node itself

    @property
    def node(self) -> str:
        return f"{self.group}/{self.edge}"

    @property
    def identity(self) -> str:
        return f"{self.node}/{self.device}" if self.device else self.node


@dataclass(slots=True)
class NodeMemory:
    """`metrics`: by device, what an alias (`#12`) or a name stands for: [name, data type]."""

    seq: int | None = None
    bd_seq: int | None = None
    metrics: dict[str, dict[str, list[Any]]] = field(default_factory=dict)

    def packed(self) -> dict[str, Any]:
        return {"seq": self.seq, "bd_seq": self.bd_seq, "metrics": self.metrics}

    def count(self, seq: int) -> bool:
        """Moves the sequence on; whether no number of it is missing. The same again is no gap."""
        is_whole = self.seq is not None and seq in {self.seq, (self.seq + 1) % SEQUENCE}
        self.seq = seq
        return is_whole


def read_options(node: Node) -> None:
    if not protobuf.is_installed():
        node.refuse("Sparkplug B necesita protobuf, que no está instalado", "el extra «sparkplug» instalado")
    no_options(node)


def decode(message: Message, options: None) -> Decoded:
    topic = _topic(message.topic)
    if topic is None:
        return Decoded()
    try:
        payload = protobuf.parse(message.payload)
    except (protobuf.BadPayload, protobuf.NoProtobuf) as error:
        raise Undecodable(str(error), device=topic.identity) from error
    known = _recall(message, topic)
    return _death(topic, payload, known) if topic.kind in DEATHS else _news(topic, payload, known)


def _topic(text: str) -> Topic | None:
    """None for what says nothing of a device: an application's state, a command to a node."""
    levels = text.split("/")
    if HOST_STATE in levels[:2]:
        return None
    if levels[0] != PREFIX or not 4 <= len(levels) <= 5 or not all(is_name(level) for level in levels):
        raise Undecodable(f"no es un tópico de Sparkplug B: {PREFIX}/grupo/tipo/nodo[/dispositivo]")
    topic = Topic(levels[1], levels[2], levels[3], levels[4] if len(levels) == 5 else "")
    return topic if topic.kind in DEATHS | BIRTHS | DATA else None


def _recall(message: Message, topic: Topic) -> NodeMemory:
    """A copy: what a message changes holds once it is kept."""
    said = message.memory.get(topic.node)
    return NodeMemory(said["seq"], said["bd_seq"], dict(said["metrics"])) if said else NodeMemory()


def _death(topic: Topic, payload: Any, known: NodeMemory) -> Decoded:
    if topic.kind == "DDEATH":
        known.count(payload.seq)
        return Decoded(statuses=[Status(topic.identity, is_online=False)], memory={topic.node: known.packed()})
    said = _bd_seq(payload)
    if said is not None and known.bd_seq is not None and said != known.bd_seq:
        return Decoded()  # the last will of a session before the present one
    gone = [topic.node, *(f"{topic.node}/{device}" for device in known.metrics if device)]
    return Decoded(statuses=[Status(identity, is_online=False) for identity in gone])


def _news(topic: Topic, payload: Any, known: NodeMemory) -> Decoded:
    found = Decoded()
    is_whole = True
    if topic.kind == "NBIRTH":
        known = NodeMemory(seq=payload.seq, bd_seq=_bd_seq(payload))
    else:
        is_whole = known.count(payload.seq)
    if topic.kind in BIRTHS:
        known.metrics[topic.device] = dict(_named(payload))
        found.statuses.append(Status(topic.identity, is_online=True))
    unnamed = _read(topic, payload, known, found)
    found.memory[topic.node] = known.packed()
    if unnamed or not is_whole:
        found.commands.append(_rebirth(topic))
    if unnamed:
        found.problem = f"usa alias que ningún nacimiento nombró: {', '.join(str(one) for one in sorted(unnamed)[:10])}"
    return found


def _named(payload: Any) -> Iterator[tuple[str, list[Any]]]:
    for metric in payload.metrics:
        if metric.name:
            yield metric.name, [metric.name, metric.datatype]
            if metric.HasField("alias"):
                yield f"#{metric.alias}", [metric.name, metric.datatype]


def _read(topic: Topic, payload: Any, known: NodeMemory, found: Decoded) -> set[int]:
    """Puts the readings down; gives the aliases that nobody named."""
    unnamed = set()
    names = known.metrics.get(topic.device, {})
    for metric in payload.metrics:
        name, kind = names.get(metric.name or f"#{metric.alias}", [metric.name, metric.datatype])
        if not name:
            unnamed.add(int(metric.alias))
        elif not name.startswith(NO_READINGS):
            found.readings += _reading(topic.identity, name, metric, metric.datatype or kind, payload)
    return unnamed


def _reading(device: str, name: str, metric: Any, kind: int, payload: Any) -> Iterator[Reading]:
    held = protobuf.metric_value(metric)
    if metric.is_null or held is None:
        return
    if metric.is_historical and not metric.HasField("timestamp"):
        # It was not measured when it was sent, and nobody knows when.
        yield Reading(device, name, None, None, trouble=f"{name}: un dato histórico sin su hora")
        return
    dated = next((one for one in (metric, payload) if one.HasField("timestamp")), None)
    said = Number(dated.timestamp) if dated is not None else None
    yield from read_member(device, name, number_text(*held, kind), said, UTC)


def _bd_seq(payload: Any) -> int | None:
    for metric in payload.metrics:
        held = protobuf.metric_value(metric)
        if metric.name == "bdSeq" and held is not None:
            return int(held[1])
    return None


def _rebirth(topic: Topic) -> Command:
    payload = protobuf.payload_class()()
    payload.metrics.add(name="Node Control/Rebirth", datatype=BOOLEAN, boolean_value=True)
    return Command(f"{PREFIX}/{topic.group}/NCMD/{topic.edge}", payload.SerializeToString())
