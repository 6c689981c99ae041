"""Sparkplug B: what a birth names, data by alias, and what is missing."""

import builtins
from collections.abc import Iterable
from typing import Any

import pytest

from shared.errors import InvalidInput
from telemetry_service.providers.decoders import sparkplug_payload
from telemetry_service.providers.decoders.message import Decoded, Reading, Status, Undecodable
from tests.telemetry_service.providers.decoders.conftest import Decode, utc

MS = 1767225600000
AT = utc(2026, 1, 1)
INT16, INT32, FLOAT, DOUBLE, BOOLEAN = 2, 3, 9, 10, 11
Metric = dict[str, Any]


def payload(seq: int, metrics: Iterable[Metric], **more: Any) -> bytes:
    made = sparkplug_payload.payload_class()(seq=seq, **{"timestamp": MS, **more})
    for metric in metrics:
        made.metrics.add(**metric)
    return bytes(made.SerializeToString())


def topic(kind: str, device: str = "") -> str:
    return f"spBv1.0/aguas/{kind}/borde" + (f"/{device}" if device else "")


BIRTH = [
    {"name": "bdSeq", "datatype": 8, "long_value": 3},
    {"name": "Node Control/Rebirth", "datatype": BOOLEAN, "boolean_value": False},
    {"name": "caudal", "alias": 1, "datatype": FLOAT, "float_value": 12.67},
    {"name": "temperatura", "alias": 2, "datatype": INT16, "int_value": 65531},
]


class Node:
    """An edge node as the listener hears it: what a message leaves is there for the next."""

    def __init__(self, decode: Decode) -> None:
        self.decode, self.memory = decode, {}  # type: ignore[var-annotated]

    def say(self, kind: str, body: bytes, device: str = "") -> Decoded:
        found = self.decode("sparkplug-b", topic(kind, device), body, memory=self.memory)
        self.memory = {**self.memory, **found.memory}
        return found


@pytest.fixture
def node(decode: Decode) -> Node:
    return Node(decode)


def test_a_birth_is_a_reading_too_and_names_what_data_says_by_alias(node: Node) -> None:
    born = node.say("NBIRTH", payload(0, BIRTH))
    assert born.readings == [
        Reading("aguas/borde", "caudal", "12.67", AT),
        Reading("aguas/borde", "temperatura", "-5", AT),
    ]
    assert born.statuses == [Status("aguas/borde", True)]
    data = node.say("NDATA", payload(1, [{"alias": 2, "int_value": 7, "timestamp": MS + 60_000}]))
    assert data.readings == [Reading("aguas/borde", "temperatura", "7", utc(2026, 1, 1, 0, 1))]
    assert data.commands == []
    assert not data.problem


def test_a_device_of_the_node_has_its_own_birth(node: Node) -> None:
    node.say("NBIRTH", payload(0, BIRTH))
    node.say("DBIRTH", payload(1, [{"name": "nivel", "alias": 9, "datatype": DOUBLE, "double_value": 2.5}]), "p1")
    found = node.say("DDATA", payload(2, [{"alias": 9, "double_value": 2.25}]), "p1")
    assert found.readings == [Reading("aguas/borde/p1", "nivel", "2.25", AT)]


def test_data_before_its_birth_is_kept_and_the_node_asked_to_be_born_again(node: Node) -> None:
    found = node.say("NDATA", payload(5, [{"alias": 1, "float_value": 1.0}, {"name": "x", "int_value": 2}]))
    assert [one.key for one in found.readings] == ["x"]
    assert "alias que ningún nacimiento nombró: 1" in found.problem
    (command,) = found.commands
    assert command.topic == "spBv1.0/aguas/NCMD/borde"
    (metric,) = sparkplug_payload.parse(command.payload).metrics
    assert (metric.name, metric.boolean_value) == ("Node Control/Rebirth", True)


@pytest.mark.parametrize(
    ("last", "seq", "asks"), [(1, 2, False), (1, 1, False), (1, 3, True), (255, 0, False), (255, 1, True)]
)
def test_a_number_that_is_missing_asks_for_a_rebirth_and_loses_no_reading(
    node: Node, last: int, seq: int, asks: bool
) -> None:
    node.say("NBIRTH", payload(0, BIRTH))
    node.memory["aguas/borde"]["seq"] = last
    found = node.say("NDATA", payload(seq, [{"alias": 2, "int_value": 7}]))
    assert bool(found.commands) == asks
    assert [one.value for one in found.readings] == ["7"]


def test_what_is_null_is_no_reading_and_what_is_historical_has_its_own_time(node: Node) -> None:
    metrics = [
        {"name": "a", "datatype": INT32, "is_null": True, "timestamp": MS},
        {"name": "b", "datatype": INT32, "int_value": 1, "is_historical": True, "timestamp": MS - 3_600_000},
        {"name": "c", "datatype": INT32, "int_value": 1, "is_historical": True},
        {"name": "d", "datatype": DOUBLE, "double_value": float("nan")},
        {"name": "e", "datatype": BOOLEAN, "boolean_value": True},
    ]
    found = {one.key: one for one in node.say("NBIRTH", payload(0, metrics)).readings}
    assert set(found) == {"b", "c", "d", "e"}
    assert found["b"].device_time == utc(2025, 12, 31, 23)
    assert "sin su hora" in found["c"].trouble
    assert "no es un número" in found["d"].trouble
    assert found["e"].value == "true"


def test_without_any_time_there_is_none(node: Node) -> None:
    made = sparkplug_payload.payload_class()(seq=0)
    made.metrics.add(name="a", datatype=INT32, int_value=4294967295)
    (reading,) = node.say("NBIRTH", made.SerializeToString()).readings
    assert (reading.value, reading.device_time) == ("-1", None)


def test_deaths_take_the_devices_along_unless_they_are_of_an_older_session(node: Node) -> None:
    node.say("NBIRTH", payload(0, BIRTH))
    node.say("DBIRTH", payload(1, []), "p1")
    old = node.say("NDEATH", payload(0, [{"name": "bdSeq", "datatype": 8, "long_value": 2}]))
    assert old.statuses == []
    gone = node.say("NDEATH", payload(0, [{"name": "bdSeq", "datatype": 8, "long_value": 3}]))
    assert gone.statuses == [Status("aguas/borde", False), Status("aguas/borde/p1", False)]
    assert node.say("DDEATH", payload(2, []), "p1").statuses == [Status("aguas/borde/p1", False)]
    assert node.memory["aguas/borde"]["seq"] == 2


@pytest.mark.parametrize("name", ["spBv1.0/STATE/scada", "STATE/scada", topic("NCMD")])
def test_what_says_nothing_of_a_device_is_passed_over(decode: Decode, name: str) -> None:
    assert decode("sparkplug-b", name, b'{"online": true}') == Decoded()


@pytest.mark.parametrize(
    ("name", "body"), [("spBv1.0/a/NDATA", b""), ("x/a/NDATA/b", b""), (topic("NDATA"), b"\xff\xff")]
)
def test_what_is_not_sparkplug_is_an_error(decode: Decode, name: str, body: bytes) -> None:
    with pytest.raises(Undecodable, match="Sparkplug"):
        decode("sparkplug-b", name, body)


def test_memory_that_is_given_is_not_changed(decode: Decode) -> None:
    node = Node(decode)
    node.say("NBIRTH", payload(0, BIRTH))
    given = dict(node.memory["aguas/borde"])
    decode("sparkplug-b", topic("DBIRTH", "p2"), payload(1, []), memory=node.memory)
    assert node.memory["aguas/borde"] == given
    assert "p2" not in given["metrics"]


def test_without_protobuf_the_row_is_refused_and_says_what_is_missing(
    decode: Decode, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.startswith("google.protobuf"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    sparkplug_payload.payload_class.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(InvalidInput, match="protobuf"):
        decode("sparkplug-b", topic("NDATA"), b"")
