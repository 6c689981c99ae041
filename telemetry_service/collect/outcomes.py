"""What polls leave behind: rows, cursors, accounts and attempts of many in one transaction.

A crash before its end repeats the polls, and repeating them changes nothing.
"""

import json
import uuid
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from prometheus_client import Counter as Metric
from psycopg2.errors import CheckViolation
from psycopg2.extras import execute_values

from telemetry_service.collect.accounts import Ended, judge
from telemetry_service.collect.asking import Done
from telemetry_service.collect.attempts import Tried, forbidden_since, note_attempts, outcome_of
from telemetry_service.collect.schedule import FORBIDDEN, Next, doubted, moved_cursors, next_poll, phase
from telemetry_service.collect.searches import Taken, ended_search, searches_of, settle_searches, tried_search
from telemetry_service.health.operations import note_impossible_time
from telemetry_service.providers.adapters import Failure, FailureClass, Poll
from telemetry_service.providers.engine.times import possible
from telemetry_service.raw.operations import request_all
from telemetry_service.raw.partitions import make_partitions
from telemetry_service.raw.store import Answer, Incoming, Verdict, store
from telemetry_service.sources.models import Source

POLLS = Metric("telemetry_polls", "Polls by outcome.", ["outcome"])
READINGS = Metric("telemetry_readings", "Readings that polls brought, by what became of them.", ["verdict"])
# The lease says that nobody else has polled the source since: whose lease ran out must not move its cursor. Neither
# does who began from cursors that the source has not got (any more): what lies before his own was not his to read.
MOVE_ON = """
UPDATE source
   SET cursors = CASE WHEN source.cursors = done.began_from THEN done.cursors ELSE source.cursors END,
       newest_at = greatest(source.newest_at, done.newest_at),
       next_poll_at = coalesce(done.next_poll_at, source.next_poll_at), leased_until = NULL,
       last_polled_at = done.polled_at, last_outcome = done.outcome, failures = done.failures
  FROM (VALUES %s)
    AS done (id, leased_until, began_from, cursors, newest_at, next_poll_at, polled_at, outcome, failures)
 WHERE source.id = done.id AND source.leased_until IS NOT DISTINCT FROM done.leased_until
"""
TIME, JSON = "%s::timestamptz", "%s::jsonb"
MOVED = f"(%s::uuid, {TIME}, {JSON}, {JSON}, {TIME}, {TIME}, {TIME}, %s::text, %s::integer)"


@dataclass(frozen=True, slots=True)
class Polled:
    """A poll that took place, what became of its readings, and when its source is asked next."""

    done: Done
    poll: Poll
    cursors: dict[str, str]
    following: Next
    new: int = 0
    conflicts: int = 0

    @property
    def source(self) -> Source:
        return self.done.source


@dataclass(frozen=True, slots=True)
class Kept:
    """`held_back`: the accounts that are not to be asked any more now."""

    following: list[Next]
    held_back: set[uuid.UUID]


def finish(*, source: Source, poll: Poll, end: datetime, duration: timedelta, now: datetime) -> Next:
    """Keeps what one poll gave, and says when the source is asked next."""
    return finish_all([Done(source, poll, now, end, duration)], now=now).following[0]


def finish_all(dones: Sequence[Done], *, now: datetime) -> Kept:
    """Keeps what polls gave, all of it or nothing; then says of the gaps that were searched what became of them."""
    taken = [(done, done.poll) for done in dones if done.poll is not None]
    searches = searches_of(dones)
    for _, poll in [*taken, *searches]:
        _drop_impossible(poll, now)
    _doubt(taken, now)
    try:
        kept, verdicts = _keep(taken, searches, now)
    except IntegrityError as error:
        if not isinstance(error.__cause__, CheckViolation):
            raise
        # A month that has no partition yet: rare, so it costs the usual poll nothing to find out this way.
        times = [reading.device_time for _, poll in [*taken, *searches] for reading in poll.readings]
        make_partitions(device_times=times, received_at=now)  # none where another was first
        kept, verdicts = _keep(taken, searches, now)
    settle_searches(dones, verdicts, now=now)
    return kept


def _keep(taken: Taken, searches: Taken, now: datetime) -> tuple[Kept, list[list[Verdict]]]:
    """With the verdicts on each search's readings."""
    with transaction.atomic():
        verdicts = _store_rows([*taken, *searches], now)
        of_polls, of_searches = verdicts[: len(taken)], verdicts[len(taken) :]
        polled = [_following(*one, Counter(found), now) for one, found in zip(taken, of_polls, strict=True)]
        _move_on(polled, now)
        ended = [Ended(one.source, one.poll.failure, one.following.postpone_account) for one in polled]
        held_back = judge([*ended, *(ended_search(*one, now=now) for one in searches)], now=now)
        note_attempts(
            [
                *(Tried(one.done, one.poll, one.new, one.conflicts) for one in polled),
                *(tried_search(*one, found) for one, found in zip(searches, of_searches, strict=True)),
            ]
        )
        for done, poll in [*taken, *searches]:
            if poll.impossible is not None:
                note_impossible_time(source_id=done.source.id, said=poll.impossible.isoformat(), now=now)
    _count(polled)
    return Kept([one.following for one in polled], held_back), of_searches


def _store_rows(taken: Taken, now: datetime) -> list[list[Verdict]]:
    """The verdicts on each poll's readings."""
    rows, answers = [], {}
    for done, poll in taken:
        ids = [uuid.uuid4() for _ in poll.answers]
        source_id = done.source.id
        rows += [
            Incoming(source_id, one.key, one.device_time, one.value, one.unit, ids[one.answer]) for one in poll.readings
        ]
        for answer_id, answer in zip(ids, poll.answers, strict=True):
            answers[answer_id] = Answer(source_id, answer.body)
    stored = store(rows=rows, answers=answers, received_at=now)
    points = {done.source.id: done.source.point_id for done, _ in taken}
    first_at = {points[source_id]: at for source_id, at in _latest_first(stored.first_at)}
    request_all(first_at, now=now, to_times=_newest(rows, stored.verdicts, points))
    verdicts = iter(stored.verdicts)
    return [[next(verdicts) for _ in poll.readings] for _, poll in taken]


def _newest(
    rows: Sequence[Incoming], verdicts: Sequence[Verdict], points: Mapping[uuid.UUID, uuid.UUID]
) -> dict[uuid.UUID, datetime]:
    """The latest device time that each point has news of."""
    found: dict[uuid.UUID, datetime] = {}
    for row, verdict in zip(rows, verdicts, strict=True):
        if verdict is Verdict.STORED:
            point_id = points[row.source_id]
            found[point_id] = max(row.device_time, found.get(point_id, row.device_time))
    return found


def _latest_first(first_at: dict[uuid.UUID, datetime]) -> list[tuple[uuid.UUID, datetime]]:
    """So that of several sources of one point the earliest is the one that remains."""
    return sorted(first_at.items(), key=lambda item: item[1], reverse=True)


def _following(done: Done, poll: Poll, counts: Counter[Verdict], now: datetime) -> Polled:
    source = done.source
    period = timedelta(seconds=source.period_s)
    cursors = moved_cursors(source.cursors, poll, end=done.end, now=now)
    following = next_poll(
        poll,
        end=done.end,
        due_at=phase(source.id, period, source.phase_s),
        period=period,
        failures=_failures(source, poll),
        now=now,
        has_moved=cursors != source.cursors,
        least=timedelta(seconds=source.least_period_s),
    )
    return Polled(done, poll, cursors, following, counts[Verdict.STORED], counts[Verdict.CONFLICT])


def _failures(source: Source, poll: Poll) -> int:
    return source.failures + 1 if poll.failure else 0


def _move_on(polled: Sequence[Polled], now: datetime) -> None:
    values = [
        (
            one.source.id,
            one.source.leased_until,
            json.dumps(one.source.cursors),
            json.dumps(one.cursors),
            max(one.poll.by_key().values(), default=None),
            one.following.at,
            now,
            outcome_of(one.poll),
            _failures(one.source, one.poll),
        )
        for one in polled
    ]
    with connection.cursor() as cursor:
        execute_values(cursor, MOVE_ON, values, template=MOVED, page_size=1000)


def _count(polled: Sequence[Polled]) -> None:
    for outcome, count in Counter(outcome_of(one.poll) for one in polled).items():
        POLLS.labels(outcome).inc(count)
    READINGS.labels(Verdict.STORED).inc(sum(one.new for one in polled))
    READINGS.labels(Verdict.CONFLICT).inc(sum(one.conflicts for one in polled))
    READINGS.labels("unreadable").inc(sum(one.poll.unreadable for one in polled))


def _drop_impossible(poll: Poll, now: datetime) -> None:
    """The engine does so itself; an adapter that came in a package may not."""
    kept = [reading for reading in poll.readings if possible(reading.device_time, now=now)]
    if len(kept) == len(poll.readings):
        return
    odd = next(one for one in poll.readings if not possible(one.device_time, now=now))
    poll.unreadable += len(poll.readings) - len(kept)
    poll.trouble = poll.trouble or f"{odd.key}: hora imposible {odd.device_time.isoformat()}"
    poll.impossible = odd.device_time
    poll.readings = kept
    if not kept and poll.failure is None:
        # It must not look like silence.
        poll.failure = Failure(FailureClass.PARSE, f"{poll.unreadable} registros ilegibles: {poll.trouble}")


def _doubt(taken: Sequence[tuple[Done, Poll]], now: datetime) -> None:
    forbidden = [
        (done, poll, poll.failure) for done, poll in taken if poll.failure and poll.failure.status == FORBIDDEN
    ]
    since = forbidden_since(done.source.id for done, _, _ in forbidden)
    for done, poll, failure in forbidden:
        poll.failure = doubted(failure, since=since.get(done.source.id, now), now=now)
