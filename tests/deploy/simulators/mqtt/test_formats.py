"""Each wire format, byte for byte where the vendor's example says so."""

import base64
import json
from typing import Any

import pytest

from deploy.simulators.mqtt.encoders import FORMATS, GATEWAY, SPARKPLUG, encoder
from deploy.simulators.mqtt.formats.chirpstack import chirpstack4
from deploy.simulators.mqtt.formats.flat import flat
from deploy.simulators.mqtt.formats.milesight import milesight
from deploy.simulators.mqtt.formats.novus import novus, novus_event, stamp_of
from deploy.simulators.mqtt.formats.tago import tago
from deploy.simulators.mqtt.formats.thethings import thethings, thethings_last_will
from deploy.simulators.mqtt.formats.thingsboard import thingsboard_device, thingsboard_gateway
from deploy.simulators.mqtt.formats.tts import tts3
from deploy.simulators.mqtt.sample import Message, Sample
from deploy.simulators.scenario import BadScenario
from deploy.simulators.times import read_ms

AT = 1_783_348_200_000  # 2026-07-06T14:30:00Z
SAMPLE = Sample("equipo-1", AT, {"caudal": 12.5, "nivel": 2.3}, {"caudal": "l/s"}, number=7)


def body(message: Message) -> Any:
    return json.loads(message[1])


@pytest.mark.parametrize(
    ("options", "stamp"),
    [
        ({}, {"ts": AT}),
        ({"time": "s", "time_key": "timestamp"}, {"timestamp": AT // 1000}),
        ({"time": "iso", "time_key": "datetime"}, {"datetime": "2026-07-06T14:30:00.000Z"}),
        ({"time": "none"}, {}),
    ],
)
def test_flat(options: dict[str, str], stamp: dict[str, Any]) -> None:
    message = flat(SAMPLE, **options)
    assert message[0] == "telemetry/equipo-1/data"
    assert body(message) == {"caudal": 12.5, "nivel": 2.3} | stamp


def test_flat_nested_by_the_dots_of_a_key() -> None:
    values = {"data.flow": 1, "data.total_m3": 2, "sensors.flow_sensor.value": 3, "top": 4}
    message = flat(Sample("d", AT, values), topic="planta/{device}/caudal", time="none")
    assert message[0] == "planta/d/caudal"
    assert body(message) == {"data": {"flow": 1, "total_m3": 2}, "sensors": {"flow_sensor": {"value": 3}}, "top": 4}


def test_thethings() -> None:
    sample = Sample("thing-token-000", AT, {"pulsos": 150})
    assert thethings(sample) == (
        "v2/things/thing-token-000",
        b'{"values":[{"key":"pulsos","value":150,"datetime":"2026-07-06T14:30:00.000Z"}]}',
    )
    assert body(thethings(sample, datetime="compact", bare=True)) == [
        {"key": "pulsos", "value": 150, "datetime": "20260706143000"}
    ]
    assert body(thethings(sample, datetime="none")) == {"values": [{"key": "pulsos", "value": 150}]}


def test_thethings_last_will_has_the_envelope_of_the_readings() -> None:
    topic, payload = thethings_last_will("thing-token-000")
    assert topic == "v2/things/thing-token-000"
    assert [row["key"] for row in json.loads(payload)["values"]] == ["LWT"]


def test_thingsboard_device_in_three_shapes() -> None:
    values = {"caudal": 12.5, "nivel": 2.3}
    stamped = {"ts": AT, "values": values}
    found = [body(thingsboard_device(SAMPLE, shape=shape)) for shape in ("plain", "stamped", "list")]
    assert found == [values, stamped, [stamped]]
    assert thingsboard_device(SAMPLE)[0] == "v1/devices/me/telemetry"
    assert thingsboard_device(SAMPLE, topic="tb/{device}/telemetry")[0] == "tb/equipo-1/telemetry"


def test_thingsboard_gateway_tells_of_many() -> None:
    other = Sample("equipo-2", AT + 1, {"nivel": 1})
    topic, payload = thingsboard_gateway([SAMPLE, other, other])
    assert topic == "v1/gateway/telemetry"
    assert json.loads(payload) == {
        "equipo-1": [{"ts": AT, "values": {"caudal": 12.5, "nivel": 2.3}}],
        "equipo-2": [{"ts": AT + 1, "values": {"nivel": 1}}] * 2,
    }


def test_tago() -> None:
    topic, payload = tago(SAMPLE)
    assert topic == "tago/data/post"
    assert json.loads(payload)[0] == {
        "variable": "caudal",
        "value": 12.5,
        "unit": "l/s",
        "time": "2026-07-06T14:30:00.000Z",
        "group": str(AT),
    }
    assert json.loads(tago(SAMPLE, time=False, group=False)[1])[1] == {"variable": "nivel", "value": 2.3}


def test_chirpstack() -> None:
    topic, payload = chirpstack4(Sample("24e124785c389010", AT + 5, {"depth": 2350, "battery": 87}, number=7))
    found = json.loads(payload)
    assert topic == f"application/{found['deviceInfo']['applicationId']}/device/24e124785c389010/event/up"
    assert found["time"] == "2026-07-06T14:30:00.005000007+00:00"
    assert (found["deviceInfo"]["devEui"], found["fPort"], found["fCnt"]) == ("24e124785c389010", 85, 7)
    assert found["object"] == {"depth": 2350, "battery": 87}
    assert base64.b64decode(found["data"]).hex() == "01755703822e09"


def test_tts_leaves_out_what_is_zero() -> None:
    topic, payload = tts3(Sample("eui-a84041a8f1820cee", AT, {"depth": 0}), application="rio", tenant="ttn")
    found = json.loads(payload)
    assert topic == "v3/rio@ttn/devices/eui-a84041a8f1820cee/up"
    assert found["received_at"] == "2026-07-06T14:30:00.000000000Z"
    uplink = found["uplink_message"]
    assert "f_cnt" not in uplink
    assert "confirmed" not in uplink
    # A zero that was measured is in the decoded payload all the same.
    assert (uplink["f_port"], uplink["decoded_payload"]) == (85, {"depth": 0})
    assert json.loads(tts3(SAMPLE)[1])["uplink_message"]["f_cnt"] == 7


def test_milesight_with_and_without_a_codec() -> None:
    sample = Sample("24e124785c389010", AT, {"depth": 2350, "pulse": 2**32 + 1})
    topic, payload = milesight(sample, topic="mi/{device}")
    found = json.loads(payload)
    assert (topic, found["devEUI"], found["time"]) == (
        "mi/24e124785c389010",
        "24e124785c389010",
        "2026-07-06T14:30:00.000Z",
    )
    assert base64.b64decode(found["data"]).hex() == "03822e0905c801000000"
    assert "depth" not in found
    decoded = body(milesight(sample, codec=True, history=[Sample("x", AT - 600_000, {"depth": 2340})]))
    assert (decoded["depth"], "data" in decoded) == (2350, False)
    assert decoded["history"] == [{"timestamp": AT // 1000 - 600, "depth": 2340}]


def test_novus_last_values_and_backlog() -> None:
    values = {"caudal": 0.0, "temperatura": 24.2, "battery": 5.7}
    topic, payload = novus(Sample("1234", AT, values), channels=("temperatura", "nada", "caudal"))
    found = json.loads(payload)
    assert topic == "novus/1234/status/channels"
    assert (found["n_channels"], found["timestamp"], found["battery"]) == (3, AT // 1000, 5.7)
    assert found["value_channels"] == [24.2, None, 0.0]
    assert (found["n_alarms"], found["alarms"]) == (10, [0] * 10)
    late = novus(Sample("1234", AT, values, is_late=True), firmware="1.1")
    assert late[0] == "novus/1234/log/channels"
    assert (body(late)["value_channels"], body(late)["alarm_low"]) == ([0.0, 24.2], [0, 0])


def test_novus_tdatetime_is_the_vendors_example() -> None:
    at = read_ms("2018-06-26T16:41:21-04:00")
    assert stamp_of(at, stamp="tdatetime", zone="America/Santiago") == pytest.approx(43277.69538194, abs=1e-8)
    assert body(novus_event("1234", at + 630, stamp="tdatetime"))["millisecond"] == 630


def test_a_wall_clock_shows_one_hour_twice() -> None:
    """2024-04-07 in Chile: 23:30 comes twice, an hour apart."""
    first, second = (read_ms(f"2024-04-07T0{hour}:30:00Z") for hour in (2, 3))
    stamps = [stamp_of(at, stamp="tdatetime", zone="America/Santiago") for at in (first, second)]
    assert stamps[0] == stamps[1]
    assert stamp_of(first, stamp="tdatetime", zone="UTC") != stamp_of(second, stamp="tdatetime", zone="UTC")


@pytest.mark.parametrize("name", [name for name in FORMATS if name != SPARKPLUG])
def test_each_format_by_its_name_gives_the_same_bytes_again(name: str) -> None:
    once, again = (encoder(name, {})([SAMPLE, SAMPLE]) for _ in range(2))
    assert once == again
    assert len(once) == (1 if name == GATEWAY else 2)
    assert all(payload == json.dumps(json.loads(payload), separators=(",", ":")).encode() for _, payload in once)


@pytest.mark.parametrize(("name", "options"), [("morse", {}), ("flat", {"tempo": 1}), ("flat", {"time": "soon"})])
def test_a_format_that_is_none(name: str, options: dict[str, Any]) -> None:
    with pytest.raises(BadScenario):
        encoder(name, options)
