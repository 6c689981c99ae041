"""What may leave of what was measured, in words that all authorities share. Plain Python: no clock, no database."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

GOOD = 1
QUALITIES = {2: "not_evaluated", 3: "suspect", 4: "fail", 9: "missing"}
# The sample of that minute, or none: never the nearest, never interpolated.
SLOT_WIDTH = timedelta(minutes=1)


class CannotSend(ValueError):
    """The values do not fit the regulator's form. `reason` is a code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Measured(Protocol):
    @property
    def point(self) -> UUID: ...
    @property
    def variable(self) -> str: ...
    @property
    def time(self) -> datetime: ...
    @property
    def value(self) -> float | None: ...
    @property
    def quality(self) -> int: ...
    @property
    def reasons(self) -> Sequence[str]: ...
    @property
    def config_version(self) -> int | None: ...
    @property
    def known_since(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Send:
    document: dict[str, Any]
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Hold:
    reason: str
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wait:
    reason: str


@dataclass(frozen=True, slots=True)
class Explain:
    """It was waited for, and will not come: the duty ends with this cause (a code) and note (for people)."""

    cause: str
    note: str


Decision = Send | Hold | Wait | Explain


class Form(Protocol):
    """How numbers that a person gives, or stands by, become a document."""

    @property
    def variables(self) -> Sequence[str]: ...

    def measurement(self, values: Mapping[str, float | Decimal], slot: datetime) -> dict[str, Any]:
        """Raises CannotSend where they do not fit."""

    def members(self) -> Mapping[str, Mapping[str, Any]]:
        """Of each number in the document: its `variable`, `decimals`, `rounding` (half_up, down) and, or 1, `times`.

        Where a document's numbers stand in records of devices, `device` and `parameter` name the record and its number.
        """


def sample(slot: datetime, variable: str, rows: Iterable[Measured], *, point: UUID | None = None) -> Measured | None:
    """The earliest measurement of the slot's minute. `point` None: the rows are of one point."""
    end = slot + SLOT_WIDTH
    fitting = (row for row in rows if row.variable == variable and slot <= row.time < end)
    return min((row for row in fitting if point in (None, row.point)), key=lambda row: row.time, default=None)


def doubt(row: Measured) -> str:
    """Why the row may not leave; empty where it is good."""
    if row.quality == GOOD and row.value is not None:
        return ""
    return row.reasons[0] if row.reasons else QUALITIES.get(row.quality, "unknown_quality")


def evidence(row: Measured) -> dict[str, Any]:
    """Which measurement this was: enough to find it again, and to see that it changed since."""
    return {
        "time": row.time.isoformat(),
        "value": row.value,
        "quality": row.quality,
        "reasons": list(row.reasons),
        "config_version": row.config_version,
        "known_since": row.known_since,
    }
