"""What the decoders have in common: a member of a document becomes a reading, or a reading that says its trouble."""

from collections.abc import Iterator
from datetime import tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from telemetry_service.providers.decoders.instants import read_instant
from telemetry_service.providers.decoders.message import Reading, is_name
from telemetry_service.providers.engine.extract import LONGEST_UNIT, value_text
from telemetry_service.providers.engine.node import Node
from telemetry_service.providers.engine.results import plain

KINDS = frozenset({"number", "numeric_string", "bool"})


def read_member(device: str, key: str, value: Any, said: Any, zone: tzinfo, *, unit: Any = "") -> Iterator[Reading]:
    """The reading of `key`; none where its value is null. `said` is the time as the message writes it."""
    if value is None or not is_name(key):
        return
    shown = plain(unit, LONGEST_UNIT) if isinstance(unit, str) else ""
    try:
        yield Reading(device, key, value_text(value, KINDS), read_instant(said, zone), shown)
    except ValueError as error:
        yield Reading(device, key, None, None, trouble=f"{key}: {error}")


def no_options(node: Node) -> None:
    """Of a decoder whose format leaves nothing to say."""
    if node.value != {}:
        node.refuse("este decodificador no lleva opciones", "{}")


def zone(node: Node) -> ZoneInfo:
    found = known_zone(node.text())
    if found is None:
        node.refuse("zona desconocida", "una zona IANA, como UTC o America/Santiago")
    return found


def known_zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
