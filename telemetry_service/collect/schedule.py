"""When a source is asked next, and from where on. No clock, no database."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from telemetry_service.providers.engine.results import Failure, FailureClass, Poll

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SOONEST = timedelta(minutes=1)
LONGEST = timedelta(hours=1)
# A logger's clock runs a little ahead of ours: its readings are not to wait for the next poll.
AHEAD = timedelta(minutes=1)
PHASES = 10_007  # how finely a period is divided; a prime, so that no pattern of ids lines up with it
# thethings.iO says 403 to who asks too often, and to who may not ask at all.
FORBIDDEN = 403
DOUBTED_AFTER = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Next:
    """`at` None: not before a person looked. `postpone_account` holds back every source of the account."""

    at: datetime | None
    postpone_account: datetime | None = None


def next_poll(
    poll: Poll,
    *,
    end: datetime,
    due_at: datetime,
    period: timedelta,
    failures: int,
    now: datetime,
    has_moved: bool = True,
    least: timedelta = timedelta(0),
) -> Next:
    """`failures` in a row, this one included; `end` is how far back to now the poll meant to read.

    `has_moved`: a cursor did. A past that is longer than one read goes on at once, as long as it gets shorter.
    `least`: the provider forbids to ask again sooner, be it for the past or after a failure.
    """
    following = _next_poll(poll, end, due_at, period, failures, now, has_moved)
    return following if following.at is None else replace(following, at=max(following.at, now + least))


def _next_poll(
    poll: Poll, end: datetime, due_at: datetime, period: timedelta, failures: int, now: datetime, has_moved: bool
) -> Next:
    failure = poll.failure
    regular = next_regular(due_at, period, now)
    if failure is None:
        unfinished = has_moved and any(until < end for until in poll.searched.values())
        return Next(now if unfinished else regular)
    if failure.kind is FailureClass.AUTH:
        return Next(None)
    if failure.kind in {FailureClass.CONFIG, FailureClass.PARSE}:
        return Next(regular)
    pause = now + back_off(failures)
    if failure.wait_s:
        pause = now + timedelta(seconds=failure.wait_s)
    elif failure.kind is FailureClass.TRANSIENT:
        pause = min(pause, regular)
    return Next(pause, postpone_account=pause if holds_account(failure, failures) else None)


def holds_account(failure: Failure, failures: int) -> bool:
    """Whether every source of the account has to wait, and not this one alone.

    Who is forbidden a second time, after the account has waited, is forbidden for himself: his token, not the rate.
    """
    if failure.kind is FailureClass.TRANSIENT:
        return bool(failure.wait_s)
    if failure.kind is FailureClass.RATE_LIMITED:
        return failure.status != FORBIDDEN or bool(failure.wait_s) or failures <= 1
    return False


def doubted(failure: Failure, *, since: datetime, now: datetime) -> Failure:
    """A 403 that lasts for an hour is no limit of a rate: the token is refused."""
    if failure.kind is not FailureClass.RATE_LIMITED or failure.status != FORBIDDEN or now - since < DOUBTED_AFTER:
        return failure
    return replace(failure, kind=FailureClass.AUTH, message=f"403 desde hace más de una hora: {failure.message}")


def phase(source_id: UUID, period: timedelta, said_s: int | None) -> datetime:
    """A time at which the source is due, from which its others follow by its period.

    `said_s`: seconds into the period, counted from 1970 UTC. Where nobody said any, the source's id decides: many that
    were made in one minute are then asked all over their period, and each keeps its own time for ever.
    """
    if said_s is not None:
        return EPOCH + timedelta(seconds=said_s)
    return EPOCH + period * (source_id.int % PHASES) / PHASES


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
