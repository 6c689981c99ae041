"""ThingsBoard's telemetry: `{key: value}`, `{"ts": ms, "values": {…}}`, or a list of either.

A device's own message (`v1/devices/me/telemetry`) does not say whose it is: `device` has to, by the topic under which
the broker's bridge or access list puts it, or by name. A gateway's is by device: `{"Device A": [{"ts", "values"}]}`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from telemetry_service.providers.decoders.message import (
    Decoded,
    Message,
    Reading,
    Undecodable,
    is_name,
    read_document,
    read_object,
)
from telemetry_service.providers.decoders.places import Place, read_place
from telemetry_service.providers.decoders.values import read_member
from telemetry_service.providers.engine.node import Node


@dataclass(frozen=True, slots=True)
class DeviceOptions:
    device: Place


def read_device_options(node: Node) -> DeviceOptions:
    return DeviceOptions(read_place(node.object("device").at("device")))


def decode_device(message: Message, options: DeviceOptions) -> Decoded:
    document = read_document(message.payload)
    device = options.device.find(message.topic, document)
    return Decoded(readings=list(_readings(device, document)))


def decode_gateway(message: Message, options: None) -> Decoded:
    found = Decoded()
    for device, entries in read_object(message.payload).items():
        if not is_name(device):
            raise Undecodable("un nombre de dispositivo no se puede escribir")
        found.readings += _readings(device, entries)
    return found


def _readings(device: str, document: Any) -> Iterator[Reading]:
    for entry in document if isinstance(document, list) else [document]:
        if not isinstance(entry, dict):
            raise Undecodable('no es {clave: valor} ni {"ts", "values"}', device=device)
        dated = isinstance(entry.get("values"), dict) and set(entry) <= {"ts", "values"}
        for key, value in (entry["values"] if dated else entry).items():
            yield from read_member(device, key, value, entry.get("ts") if dated else None, UTC)
