"""ThingsBoard's device and gateway APIs; providers.md §8.2."""

from collections.abc import Sequence
from typing import Any

from deploy.simulators.mqtt.sample import Message, Sample, as_json


def thingsboard_device(sample: Sample, *, shape: str = "stamped", topic: str = "v1/devices/me/telemetry") -> Message:
    """The topic does not say which device: its access token is the user name of the connection.

    `shape`: plain (no time: the server's), stamped, or list (of one stamped).
    """
    stamped = {"ts": sample.at, "values": dict(sample.values)}
    shapes: dict[str, Any] = {"plain": dict(sample.values), "stamped": stamped, "list": [stamped]}
    return topic.format(device=sample.device), as_json(shapes[shape])


def thingsboard_gateway(samples: Sequence[Sample], *, topic: str = "v1/gateway/telemetry") -> Message:
    """Several devices in one message, each by its name."""
    devices: dict[str, list[dict[str, object]]] = {}
    for sample in samples:
        devices.setdefault(sample.device, []).append({"ts": sample.at, "values": dict(sample.values)})
    return topic, as_json(devices)
