"""When a source is asked next, and from where on. No clock, no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from telemetry_service.providers.engine.results import FailureClass, Poll

SOONEST = timedelta(minutes=1)
LONGEST = timedelta(hours=1)
# A logger's clock runs a little ahead of ours: its readings are not to wait for the next poll.
AHEAD = timedelta(minutes=1)
# Beyond this a time is a broken clock, not a reading's.
IMPOSSIBLE = timedelta(days=1)
OLDEST_YEAR = 2000


@dataclass(frozen=True, slots=True)
class Next:
    """`at` None: not before a person looked. `postpone_account` holds back every source of the account."""

    at: datetime | None
    postpone_account: datetime | None = None


def next_poll(poll: Poll, *, end: datetime, due_at: datetime, period: timedelta, failures: int, now: datetime) -> Next:
    """`failures` in a row, this one included; `end` is how far back to now the poll meant to read."""
    failure = poll.failure
    regular = next_regular(due_at, period, now)
    if failure is None:
        unfinished = any(until < end for until in poll.searched.values())
        return Next(now if unfinished else regular)
    if failure.kind is FailureClass.AUTH:
        return Next(None)
    pause = back_off(failures)
    if failure.kind is FailureClass.RATE_LIMITED:
        until = now + (timedelta(seconds=failure.wait_s) if failure.wait_s else pause)
        return Next(until, postpone_account=until)
    if failure.kind is FailureClass.TRANSIENT:
        return Next(min(now + pause, regular))
    return Next(regular)


def next_regular(due_at: datetime, period: timedelta, now: datetime) -> datetime:
    """The first due time after now. Each source keeps the phase it was born with: that spreads them over time."""
    if due_at > now:
        return due_at
    return due_at + ((now - due_at) // period + 1) * period


def back_off(failures: int) -> timedelta:
    doublings: int = min(max(failures - 1, 0), 10)
    return min(SOONEST * (1 << doublings), LONGEST)


def starts(
    keys: Mapping[str, str], *, cursors: Mapping[str, str], begin: datetime, lookback: timedelta
) -> dict[str, datetime]:
    """From when on each key is asked for: a little before its cursor, as readings may arrive late."""
    return {key: datetime.fromisoformat(cursors[key]) - lookback if key in cursors else begin for key in keys}


def moved_cursors(cursors: Mapping[str, str], poll: Poll, *, end: datetime, now: datetime) -> dict[str, str]:
    """Never backwards, never into the future, and not at all for a key whose read did not finish."""
    moved = dict(cursors)
    newest = poll.by_key()
    for key, until in poll.searched.items():
        reached = until if until < end else newest.get(key)
        old = datetime.fromisoformat(cursors[key]) if key in cursors else None
        if reached is not None and (old is None or reached > old):
            moved[key] = min(reached, now).isoformat()
    return moved


def possible(at: datetime, *, now: datetime) -> bool:
    return at.year >= OLDEST_YEAR and at <= now + IMPOSSIBLE
