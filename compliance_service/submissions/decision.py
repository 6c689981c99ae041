"""What follows from an answer. Plain Python: no clock, no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from compliance_service.authorities.answers import Answer, Meaning
from compliance_service.authorities.interface import Pace
from compliance_service.submissions.states import Status

# The regulator has it, or may: it may wait for a person, and is never sent again.
TAKEN = frozenset(
    {
        Meaning.ACCEPTED,
        Meaning.DUPLICATE,
        Meaning.WITHOUT_VOUCHER,
        Meaning.DUPLICATE_WITHOUT_VOUCHER,
        Meaning.VOUCHER_OF_ANOTHER,
        Meaning.REFUSED_IN_DOUBT,
    }
)


@dataclass(frozen=True, slots=True)
class Consequence:
    """What a submission becomes. `stop` ends the sending of this work; `taken`: the regulator has it."""

    status: Status
    reason: str = ""
    next_attempt_at: datetime | None = None
    stop: bool = False
    taken: bool = False


STATUS_OF: Mapping[Meaning, Status] = {
    Meaning.ACCEPTED: Status.CONFIRMED,
    Meaning.DUPLICATE: Status.CONFIRMED,
    Meaning.WITHOUT_VOUCHER: Status.HELD,
    Meaning.DUPLICATE_WITHOUT_VOUCHER: Status.HELD,
    Meaning.VOUCHER_OF_ANOTHER: Status.HELD,
    Meaning.REFUSED_IN_DOUBT: Status.HELD,
    Meaning.UNKNOWN: Status.HELD,
    Meaning.NOT_INFORMANT: Status.REJECTED,
    Meaning.NOT_ALLOWED: Status.REJECTED,
    Meaning.LOG_IN_REFUSED: Status.REJECTED,
    Meaning.INVALID: Status.REJECTED,
    Meaning.REFUSED: Status.ERROR,
    Meaning.SESSION_ENDED: Status.ERROR,
    Meaning.SESSION_REFUSED: Status.ERROR,
    Meaning.UNREADABLE: Status.IN_DOUBT,
    Meaning.NO_ANSWER: Status.IN_DOUBT,
    Meaning.NOT_SENT: Status.ERROR,
}
# What was not looked at at all: it is no second sending, and a doubt from before stays one.
NOT_LOOKED_AT = frozenset({Meaning.NOT_SENT, Meaning.SESSION_ENDED, Meaning.SESSION_REFUSED})
# One document may be wrong by itself; what is wrong with who sends is wrong with the next as well.
STOPS = frozenset({Meaning.NOT_INFORMANT, Meaning.NOT_ALLOWED, Meaning.LOG_IN_REFUSED})
# So many documents in a row that are refused as invalid are the configuration's fault.
MOST_INVALID = 3


def consequence(answer: Answer, *, sent_at: datetime, was: Status, pace: Pace) -> Consequence:
    """`was`: the state before this attempt. A doubt stays one until an answer ends it."""
    meaning, in_doubt = answer.meaning, was is Status.IN_DOUBT
    if meaning in NOT_LOOKED_AT:
        at = sent_at if meaning is Meaning.SESSION_ENDED else sent_at + pace.not_sent
        return Consequence(Status.IN_DOUBT if in_doubt else Status.ERROR, meaning.value, at)
    if meaning is Meaning.INVALID and in_doubt:
        return Consequence(Status.HELD, Meaning.REFUSED_IN_DOUBT.value, taken=True)
    if meaning is Meaning.LOG_IN_REFUSED and in_doubt:
        return Consequence(Status.IN_DOUBT, meaning.value, sent_at + pace.in_doubt, stop=True)
    status = STATUS_OF[meaning]
    if status is Status.ERROR:
        return Consequence(status, meaning.value, sent_at + pace.refused)
    if status is Status.IN_DOUBT:
        return Consequence(status, meaning.value, sent_at + pace.in_doubt)
    return Consequence(status, meaning.value, stop=meaning in STOPS, taken=meaning in TAKEN)


def may_send_next(*, owed: int, sent_at: datetime, pace: Pace) -> datetime | None:
    """When this work may send again after a send at `sent_at` that leaves `owed` behind; None is at once."""
    return sent_at + pace.backlog_gap if owed else None
