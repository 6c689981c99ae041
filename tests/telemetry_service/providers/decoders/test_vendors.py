"""The wire formats of the vendors, as domain/providers.md has them."""

from typing import Any

import pytest

from shared.errors import InvalidInput
from telemetry_service.providers.decoders.message import Reading, Status, Undecodable
from tests.telemetry_service.providers.decoders.conftest import Decode, utc

AT = utc(2026, 7, 6, 14, 30)
ISO = "2026-07-06T14:30:00.000Z"
MS = 1783348200000


class TestTheThings:
    topic = "v2/things/thing-token-000"

    @pytest.mark.parametrize("datetime", [ISO, "20260706143000"])
    @pytest.mark.parametrize("bare", [False, True])
    def test_envelope_or_bare_list(self, decode: Decode, datetime: str, bare: bool) -> None:
        records = [{"key": "pulsos", "value": 150, "datetime": datetime}, {"key": "nivel", "value": "2.30"}]
        found = decode("thethings", self.topic, records if bare else {"values": records})
        assert found.readings == [
            Reading("thing-token-000", "pulsos", "150", AT),
            Reading("thing-token-000", "nivel", "2.30", None),
        ]

    @pytest.mark.parametrize(
        ("word", "is_online"), [("offline", False), ("online", True), ("adiós", False), (None, False)]
    )
    def test_a_last_will_is_a_status_and_no_reading(self, decode: Decode, word: Any, is_online: bool) -> None:
        found = decode("thethings", self.topic, {"values": [{"key": "LWT", "value": word}]})
        assert (found.readings, found.statuses) == ([], [Status("thing-token-000", is_online)])

    def test_an_empty_envelope_is_no_data_and_another_shape_an_error(self, decode: Decode) -> None:
        assert decode("thethings", self.topic, {"values": []}).readings == []
        for payload in ({}, {"values": 7}, {"values": [7]}):
            with pytest.raises(Undecodable, match="registros"):
                decode("thethings", self.topic, payload)


class TestTago:
    def test_names_are_lower_case_and_a_place_alone_is_no_reading(self, decode: Decode) -> None:
        payload = [
            {"variable": "Caudal", "value": 12.67, "unit": "l/s", "time": ISO, "group": "1"},
            {"variable": "sitio", "location": {"lat": -33, "lng": -70}, "time": ISO},
            {"variable": "nivel", "value": -2},
        ]
        found = decode("tago", "tago/sn-7/post", payload, {"device": "tago/{device}/post"})
        assert found.readings == [
            Reading("sn-7", "caudal", "12.67", AT, "l/s"),
            Reading("sn-7", "nivel", "-2", None),
        ]

    def test_one_record_alone(self, decode: Decode) -> None:
        found = decode("tago", "tago/data/post", {"variable": "a", "value": "1"}, {"device": "pozo"})
        assert found.readings == [Reading("pozo", "a", "1", None)]

    def test_whose_it_is_must_be_said(self, decode: Decode) -> None:
        with pytest.raises(InvalidInput) as caught:
            decode("tago", "tago/data/post", [])
        assert caught.value.errors[0].field == "options.device"


class TestThingsBoard:
    @pytest.mark.parametrize(
        ("payload", "expected"),
        [
            ({"a": 1, "b": None}, [("a", "1", None)]),
            ({"ts": MS, "values": {"a": "1.50"}}, [("a", "1.50", AT)]),
            ([{"ts": MS, "values": {"a": 1}}, {"a": 2}], [("a", "1", AT), ("a", "2", None)]),
            ({"values": 3, "a": 1}, [("values", "3", None), ("a", "1", None)]),
        ],
    )
    def test_a_device_with_and_without_time(self, decode: Decode, payload: Any, expected: Any) -> None:
        options = {"device": "{device}/v1/devices/me/telemetry"}
        found = decode("thingsboard-device", "rtu-1/v1/devices/me/telemetry", payload, options).readings
        assert [(one.key, one.value, one.device_time) for one in found] == expected
        assert {one.device for one in found} == {"rtu-1"}

    def test_a_gateway_speaks_for_many(self, decode: Decode) -> None:
        payload = {"Pozo A": [{"ts": MS, "values": {"5001": 42.5}}], "Pozo B": [{"5001": 7}]}
        assert decode("thingsboard-gateway", "v1/gateway/telemetry", payload).readings == [
            Reading("Pozo A", "5001", "42.5", AT),
            Reading("Pozo B", "5001", "7", None),
        ]

    @pytest.mark.parametrize("payload", [[7], "x", {"A": 7}, {"\u0007": []}])
    def test_another_shape_is_an_error(self, decode: Decode, payload: Any) -> None:
        with pytest.raises(Undecodable):
            decode("thingsboard-gateway", "v1/gateway/telemetry", payload)


CHIRPSTACK = {
    "time": "2026-07-06T14:30:00.123456789+00:00",
    "deviceInfo": {"devEui": "24E124713D000001", "deviceName": "Pozo"},
    "fPort": 85,
    "data": "AXVk",
    "object": {"depth": 120.5, "adc": {"0": 4.2}, "alarm": False, "label": "x", "list": [1]},
}


class TestLoRaWAN:
    def test_chirpstack_takes_the_decoded_object(self, decode: Decode) -> None:
        found = decode("chirpstack4", "application/a/device/24e124713d000001/event/up", CHIRPSTACK).readings
        assert [(one.key, one.value) for one in found] == [
            ("depth", "120.5"),
            ("adc.0", "4.2"),
            ("alarm", "false"),
            ("label", None),
        ]
        assert {one.device for one in found} == {"24e124713d000001"}
        assert found[0].device_time == utc(2026, 7, 6, 14, 30, 0, 123456)
        assert found[3].trouble

    @pytest.mark.parametrize("event", ["join", "ack", "log", "status"])
    def test_other_events_bring_no_reading(self, decode: Decode, event: str) -> None:
        assert decode("chirpstack4", f"application/a/device/e/event/{event}", b"not read").readings == []

    def test_the_things_stack_leaves_out_what_is_zero(self, decode: Decode) -> None:
        payload = {
            "end_device_ids": {"device_id": "eui-1"},
            "received_at": ISO,
            "uplink_message": {"frm_payload": "AAE=", "decoded_payload": {"pulse": 0, "nivel": 1.5}},
        }
        assert decode("tts3", "v3/app@tenant/devices/eui-1/up", payload).readings == [
            Reading("eui-1", "pulse", "0", AT),  # said to be 0 by the codec
            Reading("eui-1", "nivel", "1.5", AT),
        ]
        bare = {"end_device_ids": {"device_id": "eui-1"}, "received_at": ISO, "uplink_message": {}}
        assert decode("tts3", "v3/app@tenant/devices/eui-1/up", bare).readings == []
        assert decode("tts3", "v3/app@tenant/devices/eui-1/join", b"").readings == []

    @pytest.mark.parametrize("where", ["inside", "beside"])
    def test_milesight_with_its_codec(self, decode: Decode, where: str) -> None:
        values = {"depth": 312, "battery": 97}
        payload: dict[str, Any] = {"devEUI": "24E124", "deviceName": "Pozo", "fPort": 85, "fCnt": 3, "time": ISO}
        payload |= {"object": values} if where == "inside" else values
        assert decode("milesight-gw", "lo/que/sea", payload).readings == [
            Reading("24e124", "depth", "312", AT),
            Reading("24e124", "battery", "97", AT),
        ]

    def test_what_was_stored_without_network_has_its_own_time(self, decode: Decode) -> None:
        past = [{"timestamp": MS // 1000 - 600, "pulse": 5}, {"pulse": 6}]
        payload = CHIRPSTACK | {"object": {"pulse": 7, "history": past}}
        now, then, never = decode("chirpstack4", "application/a/device/e/event/up", payload).readings
        assert (now.value, then.value) == ("7", "5")
        assert then.device_time == utc(2026, 7, 6, 14, 20)
        assert "sin su hora" in never.trouble

    @pytest.mark.parametrize(
        ("name", "topic", "payload"),
        [
            ("chirpstack4", "application/a/device/e/event/up", CHIRPSTACK | {"object": None}),
            (
                "tts3",
                "v3/a@t/devices/d/up",
                {"end_device_ids": {"device_id": "d"}, "uplink_message": {"frm_payload": "AAE="}},
            ),
            ("milesight-gw", "x", {"devEUI": "24e124", "data": "AXVk"}),
        ],
    )
    def test_bytes_without_a_codec_are_said_and_by_whom(
        self, decode: Decode, name: str, topic: str, payload: Any
    ) -> None:
        with pytest.raises(Undecodable, match="sin decodificar") as caught:
            decode(name, topic, payload)
        assert caught.value.device

    @pytest.mark.parametrize(
        ("name", "topic"), [("chirpstack4", "a/event/up"), ("tts3", "a/up"), ("milesight-gw", "a")]
    )
    def test_nobody_is_an_error_and_no_data_is_none(self, decode: Decode, name: str, topic: str) -> None:
        with pytest.raises(Undecodable, match="de qué dispositivo"):
            decode(name, topic, {})
        bare = {"deviceInfo": {"devEui": "e"}, "devEUI": "e", "end_device_ids": {"device_id": "e"}}
        assert [one for one in decode(name, topic, bare).readings if one.value] == []


class TestStatus:
    @pytest.mark.parametrize("payload", [b"online", b'"online"', b'{"status": "ONLINE"}', b'{"online": true}', b"1"])
    def test_there(self, decode: Decode, payload: bytes) -> None:
        found = decode("status", "telemetry/sn-1/status", payload)
        assert (found.readings, found.statuses) == ([], [Status("sn-1", True)])

    @pytest.mark.parametrize("payload", [b"offline", b'{"connected": false}', b" down "])
    def test_gone(self, decode: Decode, payload: bytes) -> None:
        assert decode("status", "telemetry/sn-1/status", payload).statuses == [Status("sn-1", False)]

    def test_another_word_says_nothing(self, decode: Decode) -> None:
        with pytest.raises(Undecodable, match="está o se fue"):
            decode("status", "telemetry/sn-1/status", {"status": "rebooting"})
