"""thethings.iO: the token is the topic; providers.md §5.4."""

from typing import Any

from deploy.simulators.mqtt.sample import Message, Sample, as_json
from deploy.simulators.times import from_epoch_ms, iso_ms

TOPIC = "v2/things/{device}"


def thethings(sample: Sample, *, datetime: str = "iso", bare: bool = False) -> Message:
    """`datetime`: iso, compact (`YYYYMMDDHHmmss`) or none. `bare` is the array without its envelope."""
    stamps = {"iso": iso_ms(sample.at), "compact": from_epoch_ms(sample.at).strftime("%Y%m%d%H%M%S")}
    stamp = {} if datetime == "none" else {"datetime": stamps[datetime]}
    rows: list[dict[str, Any]] = [{"key": key, "value": value} | stamp for key, value in sample.values.items()]
    return TOPIC.format(device=sample.device), as_json(rows if bare else {"values": rows})


def thethings_last_will(device: str, *, value: str = "disconnected") -> Message:
    """What the broker says for a device whose connection broke. The value is invented, the key is not."""
    return TOPIC.format(device=device), as_json({"values": [{"key": "LWT", "value": value}]})
