"""The Things Stack 3 (TTN); providers.md §8.2."""

import hashlib
from typing import Any

from deploy.simulators.mqtt.formats.lorawan import F_PORT, FREQUENCY, frame, uuid_of
from deploy.simulators.mqtt.sample import Message, Sample, as_json
from deploy.simulators.times import iso_ms


def tts3(sample: Sample, *, application: str = "pozos", tenant: str = "ttn") -> Message:
    """Published with QoS 0 only. A field that is zero, empty or false is left out: the first uplink has no `f_cnt`."""
    uplink: dict[str, Any] = {
        "session_key_id": "AYfg8rhha5n+FWx0ZaAprA==",
        "f_port": F_PORT,
        "f_cnt": sample.number,
        "frm_payload": frame(sample.values),
        "decoded_payload": dict(sample.values),
        "rx_metadata": [{"gateway_ids": {"gateway_id": "gateway-1"}, "rssi": -97, "channel_rssi": -97, "snr": 5.5}],
        "settings": {"frequency": str(FREQUENCY)},
        "received_at": f"{iso_ms(sample.at)[:-1]}000000Z",
        "confirmed": False,
    }
    body = {
        "end_device_ids": {
            "device_id": sample.device,
            "application_ids": {"application_id": application},
            "dev_eui": hashlib.blake2b(sample.device.encode(), digest_size=8).hexdigest().upper(),
        },
        "correlation_ids": [f"as:up:{uuid_of('uplink', sample.device, sample.number)}"],
        "received_at": f"{iso_ms(sample.at)[:-1]}000000Z",
        "uplink_message": {name: value for name, value in uplink.items() if value not in (0, "", False, [], {})},
    }
    return f"v3/{application}@{tenant}/devices/{sample.device}/up", as_json(body)
