"""The specification's own: `telemetry/{device}/data` with numbers at the top, or nested where a key has dots."""

from typing import Any

from deploy.simulators.mqtt.sample import Message, Sample, as_json
from deploy.simulators.times import iso_ms


def flat(sample: Sample, *, topic: str = "telemetry/{device}/data", time: str = "ms", time_key: str = "ts") -> Message:
    """`time`: ms, s, iso or none. A key `data.flow` lies in the object `data`."""
    body: dict[str, Any] = {}
    for key, value in sample.values.items():
        *path, name = key.split(".")
        place = body
        for part in path:
            place = place.setdefault(part, {})
        place[name] = value
    stamps = {"ms": sample.at, "s": sample.at // 1000, "iso": iso_ms(sample.at)}
    if time != "none":
        body[time_key] = stamps[time]
    return topic.format(device=sample.device), as_json(body)
