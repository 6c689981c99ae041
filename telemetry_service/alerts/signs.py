"""Signs of something wrong, as a look shows them, and what each calls for. No clock, no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple
from uuid import UUID

from telemetry_service.alerts.kinds import TERMS, Kind


class Key(NamedTuple):
    """Of these there is one open alert at most. `variable` is empty where it is about the whole point."""

    point_id: UUID
    variable: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Sign:
    """`since`: when it came about, by the readings. `says`: in Spanish. `evidence`: numbers, window, versions; JSON."""

    key: Key
    since: datetime
    says: str
    evidence: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """A sign that an earlier look showed. `raised`: there was an alert of it, closed meanwhile or not."""

    first_seen_at: datetime
    last_seen_at: datetime
    raised: bool


class Step(Enum):
    WAIT = "wait"  # seen, not for long enough
    RAISE = "raise"
    STAND = "stand"  # seen, and its alert was raised
    LINGER = "linger"  # not seen, not gone for long enough
    FORGET = "forget"  # gone before there was an alert
    CLEAR = "clear"


def step(kind: Kind, known: Known | None, *, seen: bool, now: datetime) -> Step:
    """A sign must last before it is an alert, and stay away before the alert is over: between the two nothing flaps.

    One whose alert a person closed stays quiet until it has been away.
    """
    terms = TERMS[kind]
    if seen:
        if known and known.raised:
            return Step.STAND
        lasted = now - (known.first_seen_at if known else now)
        return Step.RAISE if lasted >= terms.raise_after else Step.WAIT
    if known is None:
        raise ValueError("what was never seen calls for nothing")
    if not known.raised:
        return Step.FORGET
    return Step.CLEAR if now - known.last_seen_at >= terms.clear_after else Step.LINGER
