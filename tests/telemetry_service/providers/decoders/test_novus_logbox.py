from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from telemetry_service.providers.decoders.message import Reading, Undecodable
from tests.telemetry_service.providers.decoders.conftest import Decode, utc

LAST, STORED = "novus/17/status/channels", "novus/17/log/channels"
FRAME = {
    "n_channels": 4,
    "timestamp": 43277.69538194,
    "battery": 5.69,
    "value_channels": [0.000, 24.200, 0.000, 24.200],
    "alarm_low": [0, 1, 0, 0],
    "alarm_high": [0, 0, 0, 1],
    "buzzer_state": 0,
}


def test_values_are_by_position_and_the_clock_is_chiles(decode: Decode) -> None:
    # 2018-06-26 16:41:21 on the logger's clock, winter in Santiago.
    at = utc(2018, 6, 26, 20, 41, 21)
    found = decode("novus-logbox", LAST, FRAME).readings
    assert found == [
        Reading("17", "channel_0", "0.0", at),
        Reading("17", "channel_1", "24.2", at),
        Reading("17", "channel_2", "0.0", at),
        Reading("17", "channel_3", "24.2", at),
        Reading("17", "battery", "5.69", at, "V"),
    ]


@pytest.mark.parametrize(
    ("zones", "options", "at"),
    [
        ({}, {"zone": "UTC"}, utc(2018, 6, 26, 16, 41, 21)),
        ({"17": ZoneInfo("UTC")}, {}, utc(2018, 6, 26, 16, 41, 21)),
        ({"17": ZoneInfo("Etc/GMT+3")}, {"zone": "UTC"}, utc(2018, 6, 26, 19, 41, 21)),
        ({"18": ZoneInfo("UTC")}, {}, utc(2018, 6, 26, 20, 41, 21)),
    ],
)
def test_a_device_may_keep_another_time(decode: Decode, zones: Any, options: Any, at: datetime) -> None:
    found = decode("novus-logbox", STORED, FRAME, options, zones=zones).readings
    assert {one.device_time for one in found} == {at}


def test_unix_seconds_are_utc_whatever_the_zone(decode: Decode) -> None:
    found = decode("novus-logbox", LAST, FRAME | {"timestamp": 1530031281}).readings
    assert {one.device_time for one in found} == {utc(2018, 6, 26, 16, 41, 21)}


def test_the_same_frame_stored_and_live_is_the_same_reading(decode: Decode) -> None:
    assert decode("novus-logbox", STORED, [FRAME]).readings == decode("novus-logbox", LAST, FRAME).readings


def test_no_time_is_none_and_a_null_channel_no_reading(decode: Decode) -> None:
    frame = {"value_channels": [None, 1.5]}
    assert decode("novus-logbox", LAST, frame).readings == [Reading("17", "channel_1", "1.5", None)]


@pytest.mark.parametrize("topic", ["novus/17/status/event", "novus/17/response"])
def test_events_and_answers_are_no_readings(decode: Decode, topic: str) -> None:
    assert decode("novus-logbox", topic, {"event_type": "down"}).readings == []


@pytest.mark.parametrize("frame", [{}, [7], FRAME | {"n_channels": 3}, FRAME | {"value_channels": {}}])
def test_another_shape_is_an_error(decode: Decode, frame: Any) -> None:
    with pytest.raises(Undecodable, match="channels"):
        decode("novus-logbox", LAST, frame)
