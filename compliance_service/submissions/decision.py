"""What may leave, and what follows from an answer. Plain Python: no clock, no database."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from compliance_service.authorities.dga.answers import Answer, Meaning
from compliance_service.authorities.dga.document import VARIABLES, CannotSend, measurement
from compliance_service.submissions.states import Status

GOOD = 1
QUALITIES = {2: "not_evaluated", 3: "suspect", 4: "fail", 9: "missing"}
# The sample of that minute, or none: never the nearest, never interpolated.
SLOT_WIDTH = timedelta(minutes=1)
# "Re-sent once, the next day, and so on" (manual, section 6.2).
NEXT_DAY = timedelta(days=1)
# No byte left, so this is no second sending.
NOT_SENT_PAUSE = timedelta(minutes=10)
BACKLOG_PAUSE = timedelta(minutes=5)


class Measured(Protocol):
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
    document: dict[str, str]
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Hold:
    reason: str
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wait:
    reason: str


def decide(slot: datetime, rows: Sequence[Measured]) -> Send | Hold | Wait:
    """`rows`: what is measured of the point around the slot. Only good values of all variables may leave."""
    sample = {variable: _at(slot, variable, rows) for variable in VARIABLES}
    found = {variable: row for variable, row in sample.items() if row is not None}
    if not found:
        return Wait("no_data")
    evidence = {variable: _evidence(row) for variable, row in found.items()}
    doubt = next((_doubt(row) for row in found.values() if row.quality != GOOD or row.value is None), None)
    if doubt:
        return Hold(doubt, evidence)
    missing = [variable for variable in VARIABLES if variable not in found]
    if missing:
        return Wait(f"no_{missing[0]}")
    try:
        values = {variable: row.value for variable, row in found.items() if row.value is not None}
        return Send(measurement(values, slot), evidence)
    except CannotSend as error:
        return Hold(error.reason, evidence)


def _at(slot: datetime, variable: str, rows: Sequence[Measured]) -> Measured | None:
    end = slot + SLOT_WIDTH
    fitting = [row for row in rows if row.variable == variable and slot <= row.time < end]
    return min(fitting, key=lambda row: row.time, default=None)


def _doubt(row: Measured) -> str:
    return row.reasons[0] if row.reasons else QUALITIES.get(row.quality, "unknown_quality")


def _evidence(row: Measured) -> dict[str, Any]:
    """Which measurement this was: enough to find it again, and to see that it changed since."""
    return {
        "time": row.time.isoformat(),
        "value": row.value,
        "quality": row.quality,
        "reasons": list(row.reasons),
        "config_version": row.config_version,
        "known_since": row.known_since,
    }


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a submission becomes. `stop` ends the sending of this work."""

    status: Status
    reason: str = ""
    next_attempt_at: datetime | None = None
    stop: bool = False


STATUS_OF: Mapping[Meaning, Status] = {
    Meaning.ACCEPTED: Status.CONFIRMED,
    Meaning.DUPLICATE: Status.CONFIRMED,
    Meaning.WITHOUT_VOUCHER: Status.HELD,
    Meaning.DUPLICATE_WITHOUT_VOUCHER: Status.HELD,
    Meaning.VOUCHER_OF_ANOTHER: Status.HELD,
    Meaning.NOT_INFORMANT: Status.REJECTED,
    Meaning.REFUSED: Status.ERROR,
    Meaning.UNREADABLE: Status.IN_DOUBT,
    Meaning.NO_ANSWER: Status.IN_DOUBT,
    Meaning.NOT_SENT: Status.ERROR,
}


def consequence(answer: Answer, *, sent_at: datetime, was: Status) -> Consequence:
    """`was`: the state before this attempt. A doubt stays one until an answer ends it."""
    status = STATUS_OF[answer.meaning]
    if answer.meaning is Meaning.NOT_SENT:
        status = Status.IN_DOUBT if was is Status.IN_DOUBT else Status.ERROR
        return Consequence(status, answer.meaning.value, sent_at + NOT_SENT_PAUSE)
    if status in {Status.ERROR, Status.IN_DOUBT}:
        return Consequence(status, answer.meaning.value, sent_at + NEXT_DAY)
    return Consequence(status, answer.meaning.value, stop=status is Status.REJECTED)


def may_send_next(*, owed: int, sent_at: datetime) -> datetime | None:
    """When this work may send again after a send at `sent_at` that leaves `owed` behind; None is at once."""
    return sent_at + BACKLOG_PAUSE if owed else None
