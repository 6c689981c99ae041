"""Asks one source, on the providers' loop: no database here."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from telemetry_service.collect.schedule import AHEAD, holds_account, starts
from telemetry_service.collect.sessions import Lane, Wave
from telemetry_service.gaps.windows import SearchWindow
from telemetry_service.providers.adapters import Ask, Failure, FailureClass, Poll, Session
from telemetry_service.sources.models import Source

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]
# A search begins no later after its source's poll did: one read of a long past takes up to five minutes of the lease.
SEARCH_WITHIN_S = 240.0


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed source and its keys, in the lane of its account; what its past is to be searched for afterwards."""

    source: Source
    keys: dict[str, str]
    lane: Lane
    wave: Wave
    windows: tuple[SearchWindow, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """`poll` None: the account had to wait before this source's turn came. `end`: up to when was asked."""

    source: Source
    poll: Poll | None
    started_at: datetime
    end: datetime
    duration: timedelta
    searches: tuple["Searched", ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Searched:
    """A window of the source's past, and what asking for it gave."""

    window: SearchWindow
    done: Done


async def ask(job: Job, clock: Clock) -> Done:
    async with job.lane.places:
        began = time.monotonic()
        done = await _ask(job, clock, _since(job), None)
        searches = []
        for window in job.windows:
            # Never ahead of what is due: of a source that answers, and as long as its lease is far from its end.
            asks = done.poll is not None and done.poll.failure is None and time.monotonic() - began < SEARCH_WITHIN_S
            searched = await _ask(job, clock, window.starts, window.end) if asks else _waited(job, clock())
            searches.append(Searched(window, searched))
        return replace(done, searches=tuple(searches))


async def _ask(job: Job, clock: Clock, starts_at: Mapping[str, datetime], end: datetime | None) -> Done:
    """`end` None: up to now, and a little ahead of it."""
    at = clock()
    if job.wave.halted:
        return _waited(job, at)
    began, end = time.monotonic(), end or at + AHEAD
    poll = await _answer(job, starts_at, end, at)
    if poll.failure is not None and holds_account(poll.failure, job.source.failures + 1):
        job.wave.halted = True  # at once: the others of the account are not to find out for themselves
    return Done(job.source, poll, at, end, timedelta(seconds=time.monotonic() - began))


def _waited(job: Job, at: datetime) -> Done:
    return Done(job.source, None, at, at + AHEAD, timedelta())


def _since(job: Job) -> dict[str, datetime]:
    source, session = job.source, job.lane.session
    begin = source.history_from or source.created_at - session.backfill
    return starts(job.keys, cursors=source.cursors, begin=begin, lookback=session.lookback)


async def _answer(job: Job, starts_at: Mapping[str, datetime], end: datetime, now: datetime) -> Poll:
    try:
        return await _read(job.source, job.lane.session, starts_at, end, now)
    except BaseException as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise  # the collector closes
        # One provider's surprise must not take the others' readings with it, not even an adapter's sys.exit().
        logger.exception("poll broke", extra={"source": str(job.source.id)})
        return Poll(failure=Failure(FailureClass.PARSE, f"error interno al leer ({type(error).__name__})"))


async def _read(
    source: Source, session: Session, starts_at: Mapping[str, datetime], end: datetime, now: datetime
) -> Poll:
    params = {**source.params, **source.secret_params}
    return await session.read(Ask(params, starts_at, end, now, source.variable_params))
