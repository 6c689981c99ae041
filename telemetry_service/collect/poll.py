"""Polls the sources that are due: claim, ask outside of any transaction, store rows and cursor in one."""

import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import as_completed
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from telemetry_service.collect.claims import claim_due
from telemetry_service.collect.loop import provider_loop
from telemetry_service.collect.outcomes import finish, give_back
from telemetry_service.collect.schedule import AHEAD, starts
from telemetry_service.collect.sessions import session_for
from telemetry_service.providers.engine.poller import read_history, read_latest
from telemetry_service.providers.engine.results import Failure, FailureClass, Poll
from telemetry_service.providers.engine.session import AccountSession
from telemetry_service.raw.queries import variables_of
from telemetry_service.sources.models import Source

logger = logging.getLogger(__name__)
CLAIMED_AT_ONCE = 100
# A long past is read one window a round; whatever is left is due again at once, in the next pass.
MOST_ROUNDS = 30


@dataclass(frozen=True, slots=True)
class Done:
    """`poll` None: the account had to wait before this source's turn came."""

    source: Source
    poll: Poll | None
    end: datetime
    duration: timedelta


def collect_due(now: datetime) -> int:
    """Polls every source that is due; says how many polls that were."""
    polled = 0
    for _ in range(MOST_ROUNDS):
        sources = claim_due(now=now, limit=CLAIMED_AT_ONCE)
        unfinished = [_settle(done, now) for done in _ask(sources, now)]
        polled += len(unfinished)
        if len(sources) < CLAIMED_AT_ONCE and not any(unfinished):
            break
    return polled


def _settle(done: Done, now: datetime) -> bool:
    """True where the source is due again at once, as its past is longer than one window."""
    if done.poll is None:
        give_back(source=done.source)
        return False
    following = finish(source=done.source, poll=done.poll, end=done.end, duration=done.duration, now=now)
    return following.at is not None and following.at <= now


def _ask(sources: Sequence[Source], now: datetime) -> Iterator[Done]:
    """The loop asks and does nothing else: the database is this thread's alone."""
    if not sources:
        return
    keys = variables_of(source.id for source in sources)
    waiting: set[UUID] = set()
    loop = provider_loop()
    for future in as_completed(
        [loop.submit(_poll(source, keys.get(source.id, {}), waiting, now)) for source in sources]
    ):
        yield future.result()


async def _poll(source: Source, keys: dict[str, str], waiting: set[UUID], now: datetime) -> Done:
    session = await session_for(source.provider)
    async with session.places:
        return await _poll_in_turn(source, session, keys, waiting, now)


async def _poll_in_turn(
    source: Source, session: AccountSession, keys: dict[str, str], waiting: set[UUID], now: datetime
) -> Done:
    end = now + AHEAD
    if source.provider_id in waiting:
        return Done(source, None, end, timedelta())
    began = time.monotonic()
    try:
        poll = await _read(source, session, keys, end, now)
    except Exception as error:
        # One provider's surprise must not take the others' readings with it.
        logger.exception("poll broke", extra={"source": str(source.id)})
        poll = Poll(failure=Failure(FailureClass.PARSE, f"error interno al leer ({type(error).__name__})"))
    if poll.failure is not None and poll.failure.kind is FailureClass.RATE_LIMITED:
        waiting.add(source.provider_id)
    return Done(source, poll, end, timedelta(seconds=time.monotonic() - began))


async def _read(source: Source, session: AccountSession, keys: dict[str, str], end: datetime, now: datetime) -> Poll:
    params = {**source.params, **source.secret_params}
    row = session.row
    if row.history is None:
        return await read_latest(session, params=params, keys=list(keys), now=now)
    begin = source.history_from or source.created_at - row.backfill
    since = starts(keys, cursors=source.cursors, begin=begin, lookback=row.lookback)
    return await read_history(session, params=params, starts=since, end=end, now=now)
