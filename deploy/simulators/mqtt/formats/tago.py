"""TagoIO's array of records; the token is the password of the connection; providers.md §4.7."""

from typing import Any

from deploy.simulators.mqtt.sample import Message, Sample, as_json
from deploy.simulators.times import iso_ms


def tago(sample: Sample, *, topic: str = "tago/data/post", time: bool = True, group: bool = True) -> Message:
    rows: list[dict[str, Any]] = []
    for key, value in sample.values.items():
        row: dict[str, Any] = {"variable": key, "value": value}
        row |= {"unit": sample.units[key]} if sample.units.get(key) else {}
        row |= {"time": iso_ms(sample.at)} if time else {}
        rows.append(row | ({"group": str(sample.at)} if group else {}))
    return topic.format(device=sample.device), as_json(rows)
