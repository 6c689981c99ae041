"""What a search asks for, what it makes of a gap, and when it comes again. No clock, no database."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from telemetry_service.gaps.states import Cause, GapState
from telemetry_service.providers.engine.results import FailureClass

# A provider may receive a logger's backlog hours or days later. After the last of these nobody searches by himself.
PAUSES = (timedelta(hours=1), timedelta(hours=6), timedelta(days=1), timedelta(days=3), timedelta(days=7))
# Gaps that lie within so much of one another are asked for together: asking costs more than rows that we have.
TOGETHER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The state that a searched gap takes, and what is known of its search."""

    state: GapState
    cause: Cause
    tries: int
    next_try_at: datetime | None = None
    searched_to: datetime | None = None


def next_try(tries: int, *, now: datetime) -> datetime | None:
    """After so many tries; None where it was the last."""
    return now + PAUSES[tries] if tries < len(PAUSES) else None


def stretch_to_ask(
    begin: datetime, to: datetime, *, longest: timedelta, backwards: bool, now: datetime
) -> tuple[datetime, datetime]:
    """From where a gap's search goes on, as far as one window reaches, and around it what lies near."""
    end = min(to, begin + longest)
    near = min(TOGETHER, longest)
    return (min(begin, end - near), end) if backwards else (begin, max(end, min(begin + near, now)))


def after_answer(*, tries: int, to: datetime, until: datetime, now: datetime) -> Outcome:
    """The provider answered, `until` where: what is not here now it has not got, or not yet."""
    if until < to:
        return Outcome(GapState.OPEN, Cause.UNDER_WAY, tries, next_try_at=now, searched_to=until)
    return Outcome(GapState.SEARCHED_EMPTY, Cause.PROVIDER_EMPTY, tries + 1, next_try(tries + 1, now=now))


def after_failure(*, tries: int, kind: FailureClass, now: datetime) -> Outcome:
    """An account that has to wait says nothing about the gap; any other failure is a try."""
    cause = Cause(f"failed:{kind}")
    if kind is FailureClass.RATE_LIMITED:
        return Outcome(GapState.OPEN, cause, tries, now + PAUSES[0])
    again = next_try(tries + 1, now=now)
    return Outcome(GapState.OPEN if again else GapState.GIVEN_UP, cause, tries + 1, again)
