"""A topic of its own on which a device, or the broker in its last will, says that it came or went."""

from dataclasses import dataclass
from typing import Any

from telemetry_service.providers.decoders.message import Decoded, Message, Status, Undecodable
from telemetry_service.providers.decoders.places import Place, default_place, read_place
from telemetry_service.providers.engine.jsonpath import Path, parse_path, read_json
from telemetry_service.providers.engine.node import Node

ONLINE = {"online", "on", "up", "connected", "conectado", "true", "1"}
OFFLINE = {"offline", "off", "down", "disconnected", "desconectado", "false", "0"}
USUAL = tuple(parse_path(f"$.{name}") for name in ("status", "state", "online", "connected"))


@dataclass(frozen=True, slots=True)
class Options:
    device: Place
    paths: tuple[Path, ...]


def read_options(node: Node) -> Options:
    node.object("device", "status")
    return Options(
        device=node.read("device", read_place, default_place("telemetry/{device}/status")),
        paths=node.read("status", lambda one: (one.jsonpath(),), USUAL),
    )


def decode(message: Message, options: Options) -> Decoded:
    """The payload is the word itself, or an object that has it."""
    try:
        document = read_json(message.payload)
    except ValueError:
        document = message.payload.decode(errors="replace").strip()
    device = options.device.find(message.topic, document)
    words = [path.first(document) for path in options.paths] if isinstance(document, dict) else [document]
    word = next((one for one in words if isinstance(one, str | bool)), None)
    is_online = _meaning(word)
    if is_online is None:
        raise Undecodable("no dice si el dispositivo está o se fue (online, offline)", device=device)
    return Decoded(statuses=[Status(device, is_online)])


def says_online(device: str, value: Any) -> Status:
    """A last will is what is left of a device that went: only a word for the opposite makes it a coming."""
    return Status(device, _meaning(value) is True)


def _meaning(value: Any) -> bool | None:
    word = str(value).strip().lower()
    return True if word in ONLINE else False if word in OFFLINE else None
