"""What the searches for gaps gave that followed their sources' polls."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from prometheus_client import Counter as Metric

from telemetry_service.collect.accounts import Ended
from telemetry_service.collect.asking import Done
from telemetry_service.collect.attempts import Tried, outcome_of
from telemetry_service.collect.schedule import back_off, holds_account
from telemetry_service.gaps.windows import Found, SearchWindow, put_off, settle
from telemetry_service.providers.adapters import Failure, Poll
from telemetry_service.raw.store import Verdict

Taken = Sequence[tuple[Done, Poll]]
SEARCHES = Metric("telemetry_gap_searches", "Searches for gaps by outcome.", ["outcome"])


def searches_of(dones: Iterable[Done]) -> Taken:
    """Those that were asked, in their order."""
    every = [one.done for done in dones for one in done.searches]
    return [(done, done.poll) for done in every if done.poll is not None]


def ended_search(done: Done, poll: Poll, *, now: datetime) -> Ended:
    """A search says of its account what any other request does."""
    failure = poll.failure
    holds = failure is not None and holds_account(failure, done.source.failures + 1)
    return Ended(done.source, failure, _pause(failure, now) if failure and holds else None)


def tried_search(done: Done, poll: Poll, verdicts: Sequence[Verdict]) -> Tried:
    counts = Counter(verdicts)
    return Tried(done, poll, counts[Verdict.STORED], counts[Verdict.CONFLICT], is_search=True)


def settle_searches(dones: Iterable[Done], verdicts: Iterable[Sequence[Verdict]], *, now: datetime) -> None:
    """`verdicts` of those that were asked, in their order. After what they brought is stored."""
    of_each = iter(verdicts)
    for one in (one for done in dones for one in done.searches):
        if one.done.poll is None:
            put_off([one.window], now=now)
        else:
            settle(one.window, _found(one.done.poll, next(of_each)), now=now)
            SEARCHES.labels(outcome_of(one.done.poll)).inc()


def let_go(dones: Iterable[Done], *, now: datetime) -> None:
    """Their sources are given back unasked, and so are the gaps."""
    windows: list[SearchWindow] = [one.window for done in dones for one in done.searches]
    if windows:
        put_off(windows, now=now)


def _found(poll: Poll, verdicts: Sequence[Verdict]) -> Found:
    pairs = zip(poll.readings, verdicts, strict=True)
    brought = {reading.key for reading, verdict in pairs if verdict is Verdict.STORED}
    return Found(poll.searched, brought, poll.failure.kind if poll.failure else None)


def _pause(failure: Failure, now: datetime) -> datetime:
    return now + (timedelta(seconds=failure.wait_s) if failure.wait_s else back_off(1))
