from typing import Any

import pytest

from shared.errors import InvalidInput
from telemetry_service.providers.decoders.message import Reading, Undecodable
from tests.telemetry_service.providers.decoders.conftest import Decode, utc

TOPIC = "telemetry/sn-1/data"
AT = utc(2026, 1, 1)
TS = 1767225600


def test_the_members_of_the_object_are_the_readings(decode: Decode) -> None:
    found = decode("flat", TOPIC, b'{"caudal": 12.50, "nivel": "2.3", "bomba": true, "ts": 1767225600}')
    assert found.readings == [
        Reading("sn-1", "caudal", "12.50", AT),
        Reading("sn-1", "nivel", "2.3", AT),
        Reading("sn-1", "bomba", "true", AT),
    ]


@pytest.mark.parametrize("name", ["ts", "timestamp", "time", "datetime"])
@pytest.mark.parametrize("said", [TS, TS * 1000, "2026-01-01T00:00:00Z"])
def test_the_time_has_one_of_four_names(decode: Decode, name: str, said: Any) -> None:
    (reading,) = decode("flat", TOPIC, {"caudal": 1, name: said}).readings
    assert reading == Reading("sn-1", "caudal", "1", AT)


def test_no_time_is_none_and_a_null_is_no_reading(decode: Decode) -> None:
    assert decode("flat", TOPIC, {"caudal": None, "nivel": 1}).readings == [Reading("sn-1", "nivel", "1", None)]


def test_a_time_that_nobody_can_read_is_trouble_and_not_silence(decode: Decode) -> None:
    (reading,) = decode("flat", TOPIC, {"caudal": 1, "ts": "ayer"}).readings
    assert (reading.value, reading.device_time) == (None, None)
    assert reading.trouble.startswith("caudal: no es una hora")


# The payloads of the guide that the specification's author wrote, domain/providers.md §8.1.
GUIDE = [
    (
        {"timestamp": "2026-01-01T00:00:00Z", "data": {"flow": 1.5, "total_m3": 7, "water_level": 3}},
        {"values": "$.data"},
        [("flow", "1.5", ""), ("total_m3", "7", ""), ("water_level", "3", "")],
    ),
    ({"timestamp": TS, "values": {"pulses": 99}}, {"values": "$.values"}, [("pulses", "99", "")]),
    (
        {"timestamp": TS, "sensors": {"flow_sensor": {"value": 1.5, "unit": "L/s"}, "idle": {"unit": "m"}}},
        {"values": "$.sensors", "value": "$.value", "unit": "$.unit"},
        [("flow_sensor", "1.5", "L/s")],
    ),
    ({"f": 1.5, "v": 2, "ts": TS}, {}, [("f", "1.5", ""), ("v", "2", "")]),
]


@pytest.mark.parametrize(("payload", "options", "expected"), GUIDE)
def test_the_payloads_of_the_guide(decode: Decode, payload: Any, options: Any, expected: Any) -> None:
    found = decode("flat", TOPIC, payload, options).readings
    assert [(one.key, one.value, one.unit) for one in found] == expected
    assert {one.device_time for one in found} == {AT}


def test_several_records_each_with_its_own_time_and_device(decode: Decode) -> None:
    payload = {"lista": [{"id": "a", "t": TS, "q": 1}, {"id": "b", "t": TS + 60, "q": 2}]}
    options = {"device": "$.id", "records": "$.lista[*]", "time": "$.t"}
    found = decode("flat", "cualquiera", payload, options).readings
    assert found == [Reading("a", "q", "1", AT), Reading("b", "q", "2", utc(2026, 1, 1, 0, 1))]
    assert decode("flat", TOPIC, [{"q": 1, "ts": TS}]).readings == [Reading("sn-1", "q", "1", AT)]


def test_a_serial_of_digits_is_a_name(decode: Decode) -> None:
    (reading,) = decode("flat", "x/y", {"id": 420017, "q": 1}, {"device": "$.id"}).readings
    assert (reading.device, reading.key) == ("420017", "q")


def test_a_zone_for_times_that_say_none(decode: Decode) -> None:
    payload = {"q": 1, "ts": "2026-01-01T00:00:00"}
    (reading,) = decode("flat", TOPIC, payload, {"zone": "America/Santiago"}).readings
    assert reading.device_time == utc(2026, 1, 1, 3)


@pytest.mark.parametrize(
    ("topic", "payload", "problem"),
    [
        (TOPIC, b"\xff", "no es JSON"),
        (TOPIC, b"{", "no es JSON"),
        (TOPIC, b'{"a": NaN}', "no es JSON"),
        (TOPIC, b"12", "objeto con los valores"),
        ("telemetry/sn-1/status", b'{"a": 1}', "de qué dispositivo"),
        ("telemetry//data", b'{"a": 1}', "de qué dispositivo"),
        ("telemetry/sn\x07/data", b'{"a": 1}', "de qué dispositivo"),
    ],
)
def test_what_cannot_be_read_says_why(decode: Decode, topic: str, payload: bytes, problem: str) -> None:
    with pytest.raises(Undecodable, match=problem):
        decode("flat", topic, payload)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"devise": "x"}, "options.devise"),
        ({"device": "telemetry/+/data"}, "options.device"),
        ({"device": "a/{device}/{device}"}, "options.device"),
        ({"device": "a/#/{device}"}, "options.device"),
        ({"device": "a/x{device}/b"}, "options.device"),
        ({"values": "data"}, "options.values"),
        ({"zone": "Chile"}, "options.zone"),
        ({"zone": "../etc"}, "options.zone"),
        ({"time": 7}, "options.time"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused_by_its_path(decode: Decode, options: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        decode("flat", TOPIC, {}, options)
    assert caught.value.errors[0].field == field


@pytest.mark.parametrize(
    ("pattern", "topic", "device"),
    [
        ("{device}/#", "a/b/c", "a"),
        ("+/{device}/#", "x/a", "a"),
        ("v3/+/devices/{device}/up", "v3/app@t/devices/a/up", "a"),
        ("pozo-1", "whatever", "pozo-1"),
    ],
)
def test_where_the_device_is(decode: Decode, pattern: str, topic: str, device: str) -> None:
    (reading,) = decode("flat", topic, {"q": 1}, {"device": pattern}).readings
    assert reading.device == device
