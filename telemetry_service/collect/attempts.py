"""Each poll leaves a row that says how it went."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from psycopg2.extras import execute_values

from shared.db.copy import Column, copy_rows
from telemetry_service.collect.asking import Done
from telemetry_service.providers.adapters import Poll
from telemetry_service.providers.engine.results import plain

LONGEST_REQUEST = 2000
COLUMNS = (
    Column("source_id", "uuid"),
    Column("started_at", "timestamptz"),
    Column("duration_ms", "int4"),
    Column("requests", "int4"),
    Column("request", "text"),
    Column("status", "int4"),
    Column("outcome", "text"),
    Column("message", "text"),
    Column("readings", "int4"),
    Column("new", "int4"),
    Column("conflicts", "int4"),
    Column("unreadable", "int4"),
    Column("is_search", "bool"),
)
# The first of the attempts that all ended the same way, up to the last one.
STREAKS = """
SELECT wanted.id, min(attempt.started_at)
  FROM (VALUES %s) AS wanted (id)
  JOIN poll_attempt attempt ON attempt.source_id = wanted.id AND attempt.status = 403
   AND attempt.outcome = 'failed:rate_limited'
   AND attempt.started_at > coalesce(
       (SELECT max(other.started_at) FROM poll_attempt other
         WHERE other.source_id = wanted.id
           AND NOT (other.status IS NOT DISTINCT FROM 403 AND other.outcome = 'failed:rate_limited')), '-infinity')
 GROUP BY wanted.id
"""


class Tried(NamedTuple):
    """What was done, what it gave, how many of its readings were new and how many conflicts."""

    done: Done
    poll: Poll
    new: int
    conflicts: int
    is_search: bool = False


def note_attempts(polls: Iterable[Tried]) -> None:
    with connection.cursor() as cursor:
        copy_rows(cursor, "poll_attempt", COLUMNS, (_row(*poll) for poll in polls))


def forbidden_since(source_ids: Iterable[UUID]) -> dict[UUID, datetime]:
    """Since when each of these sources has been told 403 and nothing else."""
    wanted = [(source_id,) for source_id in source_ids]
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        return dict(execute_values(cursor, STREAKS, wanted, template="(%s::uuid)", fetch=True))


def outcome_of(poll: Poll) -> str:
    return f"failed:{poll.failure.kind}" if poll.failure else poll.outcome


def _row(done: Done, poll: Poll, new: int, conflicts: int, is_search: bool) -> tuple[object, ...]:
    return (
        done.source.id,
        done.started_at,
        round(done.duration / timedelta(milliseconds=1)),
        poll.requests,
        plain(poll.last_request, LONGEST_REQUEST),
        _status(poll),
        outcome_of(poll),
        poll.failure.message if poll.failure else poll.trouble,
        len(poll.readings),
        new,
        conflicts,
        poll.unreadable,
        is_search,
    )


def _status(poll: Poll) -> int | None:
    if poll.failure is not None:
        return poll.failure.status
    return poll.answers[-1].status if poll.answers else None
