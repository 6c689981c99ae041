"""Sparkplug B: births, aliases, one sequence for a node and its devices; read back by a schema of the test's own."""

import struct
from typing import Any

import pytest

from deploy.simulators.mqtt.formats.sparkplug import (
    BOOLEAN,
    DOUBLE,
    INT64,
    REBIRTH,
    STRING,
    EdgeNode,
    Payload,
    asks_for_rebirth,
    type_of,
)
from deploy.simulators.mqtt.sample import Sample

AT = 1_783_348_200_000
TYPES = {"caudal": DOUBLE, "pulsos": INT64, "puerta": BOOLEAN, "texto": STRING}
SAMPLE = Sample("pozo-1", AT, {"caudal": 1.5, "pulsos": -3, "puerta": True, "texto": "abierta"})


def read(message: tuple[str, bytes]) -> Any:
    return Payload.FromString(message[1])


@pytest.fixture
def edge() -> EdgeNode:
    node = EdgeNode("aguas", "nodo-1", birth_number=4)
    node.node_birth(AT)
    return node


def test_topics_and_one_sequence(edge: EdgeNode) -> None:
    messages = [
        edge.node_birth(AT),
        edge.device_birth(SAMPLE, TYPES),
        edge.device_data([SAMPLE]),
        edge.device_death("pozo-1", AT),
    ]
    assert [topic for topic, _ in messages] == [
        "spBv1.0/aguas/NBIRTH/nodo-1",
        "spBv1.0/aguas/DBIRTH/nodo-1/pozo-1",
        "spBv1.0/aguas/DDATA/nodo-1/pozo-1",
        "spBv1.0/aguas/DDEATH/nodo-1/pozo-1",
    ]
    assert [read(message).seq for message in messages] == [0, 1, 2, 3]


def test_the_sequence_is_one_byte(edge: EdgeNode) -> None:
    edge.device_birth(SAMPLE, TYPES)
    found = [read(edge.device_data([SAMPLE])).seq for _ in range(300)]
    assert found == [number % 256 for number in range(2, 302)]


def test_a_birth_names_what_data_only_number(edge: EdgeNode) -> None:
    born, told = read(edge.device_birth(SAMPLE, TYPES)), read(edge.device_data([SAMPLE]))
    names = {metric.alias: metric.name for metric in born.metrics}
    assert list(names.values()) == list(TYPES)
    assert {metric.name: metric.datatype for metric in born.metrics} == TYPES
    assert not any(metric.HasField("name") for metric in told.metrics)
    values = {names[metric.alias]: getattr(metric, metric.WhichOneof("value")) for metric in told.metrics}
    assert values == {"caudal": 1.5, "pulsos": 2**64 - 3, "puerta": True, "texto": "abierta"}
    assert {metric.timestamp for metric in told.metrics} == {AT}


def test_what_was_never_measured_is_null(edge: EdgeNode) -> None:
    born = read(edge.device_birth(Sample("pozo-1", AT, {"caudal": 1.5}), TYPES))
    assert {metric.name: metric.is_null for metric in born.metrics} == {
        "caudal": False,
        "pulsos": True,
        "puerta": True,
        "texto": True,
    }
    assert born.metrics[1].WhichOneof("value") is None


def test_no_alias_is_used_twice_and_none_changes(edge: EdgeNode) -> None:
    births = [edge.device_birth(Sample(device, AT, {}), TYPES) for device in ("a", "b", "a")]
    aliases = [[metric.alias for metric in read(birth).metrics] for birth in births]
    assert aliases[0] == aliases[2]
    assert not set(aliases[0]) & set(aliases[1])


def test_what_was_kept_is_historical(edge: EdgeNode) -> None:
    edge.device_birth(SAMPLE, TYPES)
    kept = Sample("pozo-1", AT - 1000, {"caudal": 1.0}, is_late=True)
    told = read(edge.device_data([kept, SAMPLE]))
    assert [metric.is_historical for metric in told.metrics] == [True, False, False, False, False]
    assert (told.timestamp, told.metrics[0].timestamp) == (AT, AT - 1000)


def test_a_death_names_its_birth(edge: EdgeNode) -> None:
    topic, payload = edge.node_death()
    assert topic == "spBv1.0/aguas/NDEATH/nodo-1"
    death, birth = Payload.FromString(payload), read(edge.node_birth(AT))
    assert not death.HasField("seq")
    assert [(m.name, m.long_value) for m in (death.metrics[0], birth.metrics[0])] == [("bdSeq", 4), ("bdSeq", 4)]


def test_the_bytes_are_those_of_the_published_schema() -> None:
    """Field numbers by hand: timestamp 1, metrics 2 (alias 2, timestamp 3, double 13), seq 3."""
    edge = EdgeNode("g", "e")
    edge.device_birth(Sample("d", 1, {}), {"caudal": DOUBLE})
    metric = bytes([0x10, 1, 0x18, 9, 0x69]) + struct.pack("<d", 1.5)
    assert edge.device_data([Sample("d", 9, {"caudal": 1.5})])[1] == (
        bytes([0x08, 9, 0x12, len(metric)]) + metric + bytes([0x18, 1])
    )


def test_a_command_to_be_born_again() -> None:
    command = Payload()
    command.metrics.add(name=REBIRTH, datatype=BOOLEAN, boolean_value=True)
    assert asks_for_rebirth(command.SerializeToString())
    assert not asks_for_rebirth(Payload().SerializeToString())


@pytest.mark.parametrize(
    ("values", "datatype"),
    [([1, 2], INT64), ([1, 2.5], DOUBLE), ([True, False], BOOLEAN), ([1, "a"], STRING), ([], BOOLEAN)],
)
def test_one_type_for_all_that_a_metric_says(values: list[Any], datatype: int) -> None:
    assert type_of(values) == datatype
