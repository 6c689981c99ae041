"""A list of records, each with its key and value, read by paths as an HTTP answer is: the formats of two vendors."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from telemetry_service.providers.decoders.message import Decoded, Message, Reading, Undecodable, read_document
from telemetry_service.providers.decoders.places import Place, read_place
from telemetry_service.providers.decoders.status import says_online
from telemetry_service.providers.decoders.values import read_member, zone
from telemetry_service.providers.engine.jsonpath import MISSING, Path
from telemetry_service.providers.engine.node import Node

MEMBERS = ("device", "records", "key", "value", "time", "unit", "zone", "lower", "status_key")


@dataclass(frozen=True, slots=True)
class Options:
    """`records`: where the list is, unless the whole document is one. `status_key` is a device's coming and going."""

    device: Place
    records: Path
    key: Path
    value: Path
    time: Path
    unit: Path | None
    zone: tzinfo
    lower: bool
    status_key: str


def read_options(node: Node, defaults: Mapping[str, Any]) -> Options:
    """The vendor's `defaults` with the row's own options over them."""
    node.object(*MEMBERS)
    whole = Node(node.path, {**defaults, **node.value})
    return Options(
        device=read_place(whole.at("device")),
        records=whole.at("records").jsonpath(),
        key=whole.at("key").jsonpath(),
        value=whole.at("value").jsonpath(),
        time=whole.at("time").jsonpath(),
        unit=whole.read("unit", Node.jsonpath, None),
        zone=whole.read("zone", zone, ZoneInfo("UTC")),
        lower=whole.read("lower", Node.boolean, False),
        status_key=whole.read("status_key", Node.text, ""),
    )


def decode(message: Message, options: Options) -> Decoded:
    document = read_document(message.payload)
    found = Decoded()
    for record in _records(document, options.records):
        device = options.device.find(message.topic, record, document)
        key, value = _text(options.key.first(record)), options.value.first(record)
        if options.status_key and key == options.status_key:
            found.statuses.append(says_online(device, value))
        elif key and value is not MISSING:  # a record of a place alone has no value
            found.readings += _reading(device, key.lower() if options.lower else key, value, record, options)
    return found


def _records(document: Any, path: Path) -> list[Any]:
    container = document if isinstance(document, list) else path.first(document)
    records = [container] if isinstance(container, dict) else container
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise Undecodable(f"no hay una lista de registros en {path.text}")
    return records


def _reading(device: str, key: str, value: Any, record: Any, options: Options) -> Iterator[Reading]:
    unit = options.unit.first(record) if options.unit else ""
    return read_member(device, key, value, options.time.first(record), options.zone, unit=unit)


def _text(found: Any) -> str:
    return str(found) if isinstance(found, str) else ""
