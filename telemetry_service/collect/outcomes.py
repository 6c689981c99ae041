"""What a poll leaves behind: rows, cursor and attempt in one transaction. A crash before it repeats the poll."""

import uuid
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from psycopg2.errors import CheckViolation

from telemetry_service.collect.models import Attempt
from telemetry_service.collect.schedule import Next, moved_cursors, next_poll, possible
from telemetry_service.providers.engine.results import Failure, FailureClass, Poll
from telemetry_service.providers.operations import count_failure, forget_failures, postpone
from telemetry_service.raw.operations import request_processing
from telemetry_service.raw.partitions import make_partitions
from telemetry_service.raw.store import Answer, Incoming, store
from telemetry_service.sources.models import Source, State


def finish(*, source: Source, poll: Poll, end: datetime, duration: timedelta, now: datetime) -> Next:
    """Keeps what a poll gave, and says when the source is asked next."""
    _drop_impossible(poll, now)
    try:
        return _keep(source, poll, end, duration, now)
    except IntegrityError as error:
        if not isinstance(error.__cause__, CheckViolation):
            raise
        # A month that has no partition yet: rare, so it costs the usual poll nothing to find out this way.
        if not make_partitions(device_times=[reading.device_time for reading in poll.readings], received_at=now):
            raise
        return _keep(source, poll, end, duration, now)


def give_back(*, source: Source) -> None:
    """The account has to wait: the source stays due and is free again."""
    _held(source).update(leased_until=None)


def _held(source: Source) -> QuerySet[Source]:
    return Source.objects.filter(id=source.id, leased_until=source.leased_until)


def _keep(source: Source, poll: Poll, end: datetime, duration: timedelta, now: datetime) -> Next:
    with transaction.atomic():
        new = _store_rows(source, poll, now)
        following = _move_on(source, poll, end, now)
        Attempt.objects.create(
            source=source,
            started_at=now,
            duration_ms=round(duration / timedelta(milliseconds=1)),
            requests=poll.requests,
            request=poll.last_request,
            status=_status(poll),
            outcome=outcome_of(poll),
            message=poll.failure.message if poll.failure else poll.trouble,
            readings=len(poll.readings),
            new=new,
            unreadable=poll.unreadable,
        )
    return following


def _store_rows(source: Source, poll: Poll, now: datetime) -> int:
    ids = [uuid.uuid4() for _ in poll.answers]
    rows = [
        Incoming(source.id, one.key, one.device_time, one.value, one.unit, ids[one.answer]) for one in poll.readings
    ]
    answers = {answer_id: Answer(source.id, answer.body) for answer_id, answer in zip(ids, poll.answers, strict=True)}
    stored = store(rows=rows, answers=answers, received_at=now)
    if source.id in stored.first_at:
        request_processing(point_id=source.point_id, from_time=stored.first_at[source.id], now=now)
    return stored.new


def _move_on(source: Source, poll: Poll, end: datetime, now: datetime) -> Next:
    failures = source.failures + 1 if poll.failure else 0
    period = timedelta(seconds=source.period_s)
    following = next_poll(poll, end=end, due_at=source.created_at, period=period, failures=failures, now=now)
    newest = max([*poll.by_key().values(), *([source.newest_at] if source.newest_at else [])], default=None)
    _held(source).update(
        cursors=moved_cursors(source.cursors, poll, end=end, now=now),
        newest_at=newest,
        next_poll_at=following.at or source.next_poll_at,
        leased_until=None,
        last_polled_at=now,
        last_outcome=outcome_of(poll),
        failures=failures,
    )
    if following.postpone_account is not None:
        postpone(provider_id=source.provider_id, until=following.postpone_account)
    _judge_account(source, poll.failure)
    return following


def _judge_account(source: Source, failure: Failure | None) -> None:
    if failure is None:
        if source.provider.failures:
            forget_failures(provider_id=source.provider_id)
        return
    count_failure(provider_id=source.provider_id)
    if failure.kind is FailureClass.AUTH:
        stop(source=source, reason=failure.message)


def stop(*, source: Source, reason: str) -> None:
    """No more polls until a person looked.

    Where the credentials are the account's, all its sources stop: each further try may lock the account.
    """
    stopped = Source.objects.filter(state=State.ACTIVE)
    if source.provider.credentials:
        stopped = stopped.filter(provider_id=source.provider_id)
    else:
        stopped = stopped.filter(id=source.id)
    stopped.update(state=State.STOPPED, stop_reason=f"credenciales rechazadas: {reason}")


def outcome_of(poll: Poll) -> str:
    return f"failed:{poll.failure.kind}" if poll.failure else poll.outcome


def _status(poll: Poll) -> int | None:
    if poll.failure is not None:
        return poll.failure.status
    return poll.answers[-1].status if poll.answers else None


def _drop_impossible(poll: Poll, now: datetime) -> None:
    """A time of another century or of next week is a broken clock, and would want a partition of its own."""
    kept = [reading for reading in poll.readings if possible(reading.device_time, now=now)]
    if len(kept) < len(poll.readings):
        odd = next(one for one in poll.readings if not possible(one.device_time, now=now))
        poll.unreadable += len(poll.readings) - len(kept)
        poll.trouble = poll.trouble or f"{odd.key}: hora imposible {odd.device_time.isoformat()}"
        poll.readings = kept
