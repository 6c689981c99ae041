"""What a decoder is given, and what it finds: readings, who is there or gone, what to ask the other side."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from telemetry_service.providers.engine.jsonpath import read_json
from telemetry_service.providers.engine.results import plain

LONGEST_NAME = 200  # of a device or a key


@dataclass(frozen=True, slots=True)
class Message:
    """`zones`: of devices that keep a local time of their own. `memory`: what earlier messages of a node left."""

    topic: str
    payload: bytes = field(repr=False)
    zones: Mapping[str, tzinfo] = field(default_factory=dict)
    memory: Mapping[str, Any] = field(default_factory=dict)


class Reading(NamedTuple):
    """`value` is the device's own text, `device_time` aware UTC or None where the message said none.

    `trouble` says what could not be read; `value` is None then. A null is no data, and no reading at all.
    """

    device: str
    key: str
    value: str | None
    device_time: datetime | None
    unit: str = ""
    trouble: str = ""


class Status(NamedTuple):
    """The broker's or the device's own word that it came or went: never a number."""

    device: str
    is_online: bool


class Command(NamedTuple):
    """To be published once what the message brought is kept."""

    topic: str
    payload: bytes


@dataclass(slots=True)
class Decoded:
    readings: list[Reading] = field(default_factory=list)
    statuses: list[Status] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    memory: dict[str, Any] = field(default_factory=dict)  # what changes of the message's
    problem: str = ""  # something in it cannot be read yet: to be kept and decoded again


class Undecodable(Exception):
    """The message as a whole cannot be read; the text says why, in words for a person."""

    def __init__(self, problem: str, *, device: str = "") -> None:
        super().__init__(problem)
        self.problem, self.device = problem, device


def read_document(payload: bytes) -> Any:
    """The payload's JSON, numbers as they were written."""
    try:
        return read_json(payload)
    except ValueError as error:
        raise Undecodable(f"no es JSON en UTF-8: {plain(str(error), 200)}") from error


def read_object(payload: bytes) -> dict[str, Any]:
    document = read_document(payload)
    if not isinstance(document, dict):
        raise Undecodable("no es un objeto JSON")
    return document


def is_name(text: Any) -> bool:
    """A device or a key that can be written down and shown."""
    return isinstance(text, str) and 0 < len(text) <= LONGEST_NAME and text.isprintable()
