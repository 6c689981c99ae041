"""Whatever a stranger sends, a decoder gives readings that can be stored, or says why not."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.providers.decoders import DECODERS
from telemetry_service.providers.decoders.message import Message, Undecodable
from telemetry_service.providers.engine.node import Node

NEEDED = {"tago": {"device": "pozo"}, "thingsboard-device": {"device": "pozo"}}
TOPICS = {
    "flat": "telemetry/a/data",
    "thethings": "v2/things/t",
    "chirpstack4": "application/a/device/d/event/up",
    "tts3": "v3/a@t/devices/d/up",
    "novus-logbox": "novus/1/log/channels",
    "status": "telemetry/a/status",
    "sparkplug-b": "spBv1.0/g/NDATA/e",
}
NAMES = st.sampled_from(
    ["values", "ts", "key", "value", "datetime", "variable", "time", "object", "history", "devEUI", "deviceInfo",
     "devEui", "end_device_ids", "device_id", "uplink_message", "decoded_payload", "value_channels", "timestamp", "LWT"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES | st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)
PAYLOADS = JSON.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=40)


@given(name=st.sampled_from(sorted(DECODERS)), payload=PAYLOADS)
def test_a_reading_has_a_value_or_says_its_trouble(name: str, payload: bytes) -> None:
    decoder = DECODERS[name]
    options: Any = decoder.read_options(Node("options", NEEDED.get(name, {})))
    try:
        found = decoder.decode(Message(TOPICS.get(name, "any"), payload), options)
    except Undecodable:
        return
    for reading in found.readings:
        assert (reading.value is None) == bool(reading.trouble)
        assert reading.device.isprintable()
        assert reading.key.isprintable()
        assert reading.device_time is None or reading.device_time.utcoffset() is not None
        assert reading.value is None or len(reading.value) <= 64
