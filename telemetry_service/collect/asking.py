"""Asks one source, on the providers' loop: no database here."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from telemetry_service.collect.schedule import AHEAD, holds_account, starts
from telemetry_service.collect.sessions import Lane, Wave
from telemetry_service.providers.adapters import Ask, Failure, FailureClass, Poll, Session
from telemetry_service.sources.models import Source

logger = logging.getLogger(__name__)
Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Job:
    """A claimed source and its keys, in the lane of its account."""

    source: Source
    keys: dict[str, str]
    lane: Lane
    wave: Wave


@dataclass(frozen=True, slots=True, eq=False)
class Done:
    """`poll` None: the account had to wait before this source's turn came. `end`: up to when was asked."""

    source: Source
    poll: Poll | None
    started_at: datetime
    end: datetime
    duration: timedelta


async def ask(job: Job, clock: Clock) -> Done:
    async with job.lane.places:
        at = clock()
        end = at + AHEAD
        if job.wave.halted:
            return Done(job.source, None, at, end, timedelta())
        began = time.monotonic()
        poll = await _answer(job, end, at)
        if poll.failure is not None and holds_account(poll.failure, job.source.failures + 1):
            job.wave.halted = True  # at once: the others of the account are not to find out for themselves
        return Done(job.source, poll, at, end, timedelta(seconds=time.monotonic() - began))


async def _answer(job: Job, end: datetime, now: datetime) -> Poll:
    try:
        return await _read(job.source, job.lane.session, job.keys, end, now)
    except BaseException as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise  # the collector closes
        # One provider's surprise must not take the others' readings with it, not even an adapter's sys.exit().
        logger.exception("poll broke", extra={"source": str(job.source.id)})
        return Poll(failure=Failure(FailureClass.PARSE, f"error interno al leer ({type(error).__name__})"))


async def _read(source: Source, session: Session, keys: dict[str, str], end: datetime, now: datetime) -> Poll:
    begin = source.history_from or source.created_at - session.backfill
    since = starts(keys, cursors=source.cursors, begin=begin, lookback=session.lookback)
    params = {**source.params, **source.secret_params}
    return await session.read(Ask(params, since, end, now, source.variable_params))
