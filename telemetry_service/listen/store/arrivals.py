"""A message on its way in, and what became of it."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

from telemetry_service.listen.models import Reason
from telemetry_service.providers.decoders.message import Decoded, Undecodable

Decode = Callable[[Mapping[str, tzinfo], Mapping[str, Any]], Decoded]


class Rejected(Undecodable):
    """Not worth decoding, for a reason of its own."""

    def __init__(self, reason: Reason, problem: str) -> None:
        super().__init__(problem)
        self.reason = reason


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """A message as it came.

    `decode` gives what it says, from the zones of the account's devices and the memory of its nodes, or raises
    Undecodable. `source_id`: it was heard for that source alone, whose keys are those of the readings; else the
    readings' devices have routes. `is_retained`: the broker kept it for whoever comes; it is not of now. `is_repeated`:
    it was sent before, and may be stored. `may_be_lost`: its sender takes no acknowledgement. `settle` is called once
    it is kept.
    """

    provider_id: UUID
    topic: str = field(repr=False)
    shown_topic: str
    payload: bytes = field(repr=False)
    received_at: datetime
    decode: Decode = field(repr=False)
    source_id: UUID | None = None
    is_retained: bool = False
    is_repeated: bool = False
    may_be_lost: bool = False
    has_zones: bool = False
    has_memory: bool = False
    settle: Callable[[], None] = field(default=lambda: None, repr=False)

    @property
    def body(self) -> bytes:
        """As it is kept beside its rows: no topic has a NUL, and what has none came without one."""
        if not self.shown_topic:
            return self.payload
        return self.shown_topic.encode() + b"\0" + self.payload

    @property
    def digest(self) -> bytes:
        return hashlib.sha256(self.topic.encode() + b"\0" + self.payload).digest()


@dataclass(frozen=True, slots=True)
class Letter:
    """Why a message, or a part of it, was not stored.

    `key` is set where that is for one key alone. `is_undated`: when it was received is part of what it says.
    """

    reason: Reason
    problem: str = ""
    device: str = ""
    key: str = ""
    is_undated: bool = False


@dataclass(slots=True)
class Fate:
    """What became of one message: of its readings by verdict, and what of it nobody could read or place."""

    stored: int = 0
    duplicates: int = 0
    conflicts: int = 0
    left_out: int = 0  # readings that nobody wants, or that the provider's history will bring with their time
    has_status: bool = False
    letters: list[Letter] = field(default_factory=list)

    @property
    def outcome(self) -> str:
        """For the metric: a closed list, what matters most first."""
        if self.letters:
            return "partly_dead" if self.stored or self.duplicates or self.conflicts else "dead"
        said = {"stored": self.stored, "conflict": self.conflicts, "duplicate": self.duplicates}
        said |= {"left_out": self.left_out, "status": self.has_status}
        return next((name for name, count in said.items() if count), "no_data")
