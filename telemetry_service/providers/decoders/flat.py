"""One object whose members are the readings: `{"caudal": 12.5, "nivel": 2.3, "ts": 1767225600}`.

The members may lie deeper (`values`), each may be an object of its own (`value`, `unit`), and there may be many such
objects (`records`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from telemetry_service.providers.decoders.message import Decoded, Message, Reading, Undecodable, read_document
from telemetry_service.providers.decoders.places import Place, default_place, read_place
from telemetry_service.providers.decoders.values import read_member, zone
from telemetry_service.providers.engine.jsonpath import MISSING, Path, parse_path
from telemetry_service.providers.engine.node import Node

TIMES = ("ts", "timestamp", "time", "datetime")
WHOLE = parse_path("$")


@dataclass(frozen=True, slots=True)
class Options:
    device: Place
    records: Path | None
    values: Path
    value: Path
    unit: Path | None
    times: tuple[Path, ...]
    zone: tzinfo

    @property
    def skipped(self) -> frozenset[str]:
        """Members that are no readings: the time, the device."""
        paths = [*self.times, *([self.device.path] if self.device.path else [])]
        return frozenset(path.names[-1] for path in paths if path.names)


def read_options(node: Node) -> Options:
    node.object("device", "records", "values", "value", "unit", "time", "zone")
    return Options(
        device=node.read("device", read_place, default_place("telemetry/{device}/data")),
        records=node.read("records", Node.jsonpath, None),
        values=node.read("values", Node.jsonpath, WHOLE),
        value=node.read("value", Node.jsonpath, WHOLE),
        unit=node.read("unit", Node.jsonpath, None),
        times=node.read("time", lambda one: (one.jsonpath(),), tuple(parse_path(f"$.{name}") for name in TIMES)),
        zone=node.read("zone", zone, ZoneInfo("UTC")),
    )


def decode(message: Message, options: Options) -> Decoded:
    document = read_document(message.payload)
    found = Decoded()
    for record in _records(document, options.records):
        device = options.device.find(message.topic, record, document)
        found.readings += _readings(device, record, document, options)
    return found


def _records(document: Any, path: Path | None) -> Iterator[Any]:
    if path is not None:
        for _, record in path.every(document):
            yield record
    elif isinstance(document, list):
        yield from document
    else:
        yield document


def _readings(device: str, record: Any, document: Any, options: Options) -> Iterator[Reading]:
    members = options.values.first(record)
    if not isinstance(members, dict):
        raise Undecodable(f"no hay un objeto con los valores en {options.values.text}", device=device)
    said = _time(record, document, options)
    for key, member in members.items():
        if key not in options.skipped:
            unit = options.unit.first(member) if options.unit else ""
            # A member without a `value` of its own is as good as a null.
            value = None if (inside := options.value.first(member)) is MISSING else inside
            yield from read_member(device, key, value, said, options.zone, unit=unit)


def _time(record: Any, document: Any, options: Options) -> Any:
    for place in (record, document):
        for path in options.times:
            said = path.first(place)
            if said is not MISSING and said is not None:
                return said
    return None
