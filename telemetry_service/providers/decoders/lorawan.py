"""What the network servers of LoRaWAN have in common: the decoded object of an uplink.

We take what the server's own codec made of the bytes, and never run a vendor's code. A device that stored readings
while it had no network brings them in `history`, each with its own time (Milesight EM300-DI).
"""

from collections.abc import Iterator
from datetime import UTC
from typing import Any

from telemetry_service.providers.decoders.message import Reading, Undecodable, is_name
from telemetry_service.providers.decoders.values import read_member

HISTORY = "history"
TIMES = ("timestamp", "time", "ts")
DEEPEST = 5


def uplink_device(text: Any) -> str:
    """An EUI is a number: its letters are written in lower case here."""
    if not is_name(text):
        raise Undecodable("no dice de qué dispositivo es")
    return str(text).lower()


def readings(device: str, values: dict[str, Any], said: Any) -> Iterator[Reading]:
    """Of each member, those inside objects as `outer.inner`; `said` is the uplink's time."""
    for key, value in _members(values, "", DEEPEST):
        yield from read_member(device, key, value, said, UTC)
    history = values.get(HISTORY)
    for entry in history if isinstance(history, list) else []:
        if isinstance(entry, dict):
            yield from _past(device, entry)


def _past(device: str, entry: dict[str, Any]) -> Iterator[Reading]:
    said = next((entry[name] for name in TIMES if entry.get(name) is not None), None)
    for key, value in _members(entry, "", DEEPEST):
        if key in TIMES:
            continue
        if said is None:
            # It was not measured now, and nobody knows when.
            yield Reading(device, key, None, None, trouble=f"{key}: un dato guardado sin su hora")
        else:
            yield from read_member(device, key, value, said, UTC)


def _members(values: dict[str, Any], prefix: str, deep: int) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict) and deep:
            yield from _members(value, f"{prefix}{name}.", deep - 1)
        elif not isinstance(value, list):
            yield prefix + name, value
