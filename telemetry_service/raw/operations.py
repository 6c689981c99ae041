"""Writes of the raw layer besides the rows themselves (see store.py): what is left to process, what a key means."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from shared.db.together import Together
from shared.db.unnest import listed
from telemetry_service.raw.models import Series
from telemetry_service.raw.precedence import Rank
from telemetry_service.raw.queries import reaches_of

# Longer than any recomputation of a point takes; a worker that died gives its points back after it.
CLAIM = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Backlog:
    """A claimed point: recompute its measurements from `from_time` on.

    `to_time`: no row later than it changed; None where that is not known, or the configuration changed.
    """

    point_id: UUID
    from_time: datetime
    to_time: datetime | None
    version: int


# By point, so that two writers of the same points never wait for each other in a ring. A row that waits already from
# early enough is only locked until the writer is done: nobody claims it meanwhile, and whoever does then sees the rows.
REQUEST = """
INSERT INTO process_backlog AS waiting (point_id, from_time, to_time, version, requested_at)
SELECT said.point_id, said.from_time, said.to_time, 1, %(now)s
  FROM unnest(%(points)s::uuid[], %(times)s::timestamptz[], %(ends)s::timestamptz[])
       AS said (point_id, from_time, to_time)
 ORDER BY said.point_id
    ON CONFLICT (point_id) DO UPDATE
   SET from_time = least(waiting.from_time, excluded.from_time), version = waiting.version + 1,
       to_time = CASE WHEN waiting.to_time IS NOT NULL AND excluded.to_time IS NOT NULL
                      THEN greatest(waiting.to_time, excluded.to_time) END
 WHERE waiting.from_time > excluded.from_time OR waiting.claimed_until IS NOT NULL
    OR (waiting.to_time IS NOT NULL AND (excluded.to_time IS NULL OR excluded.to_time > waiting.to_time))
"""


def request_processing(*, point_id: UUID, from_time: datetime, now: datetime) -> None:
    """The point's measurements must be made anew: from `from_time` on, and as far before it as a row's word carries."""
    request_all({point_id: from_time}, now=now)


def request_all(
    from_times: Mapping[UUID, datetime], *, now: datetime, to_times: Mapping[UUID, datetime] | None = None
) -> None:
    """As `request_processing`, for each of these points from its time on.

    `to_times`: by point, the latest device time that changed, where it is known that only rows did.
    """
    if from_times:
        with connection.cursor() as cursor:
            cursor.execute(REQUEST, requested(from_times, to_times or {}, reaches_of(from_times), now=now))


def requested(
    from_times: Mapping[UUID, datetime],
    to_times: Mapping[UUID, datetime],
    reaches: Mapping[UUID, timedelta],
    *,
    now: datetime,
) -> dict[str, Any]:
    """The values of REQUEST. `reaches`: see `reaches_of`."""
    none = timedelta(0)
    ends = [to_times[one] + reaches.get(one, none) if one in to_times else None for one in from_times]
    return {
        "points": listed(from_times),
        "times": listed((at - reaches.get(one, none)).isoformat() for one, at in from_times.items()),
        "ends": listed("NULL" if at is None else at.isoformat() for at in ends),
        "now": now,
    }


CLAIMED = """
WITH free AS MATERIALIZED (
    SELECT point_id FROM process_backlog
     WHERE (claimed_until IS NULL OR claimed_until <= %(now)s)
       AND (%(point)s::uuid IS NULL OR point_id = %(point)s)
     ORDER BY requested_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED),
claimed AS (
    UPDATE process_backlog waiting SET claimed_until = %(until)s FROM free WHERE waiting.point_id = free.point_id
    RETURNING waiting.point_id, from_time, to_time, version, requested_at)
SELECT point_id, from_time, to_time, version FROM claimed ORDER BY requested_at
"""


def claim_backlog(*, now: datetime, limit: int, point_id: UUID | None = None) -> list[Backlog]:
    """Takes up to `limit` points that nobody works on, those that waited longest first; or this one alone."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIMED, {"now": now, "until": now + CLAIM, "limit": limit, "point": point_id})
        return [Backlog(*row) for row in cursor.fetchall()]


FINISH = """
DELETE FROM process_backlog WHERE point_id = %(point)s AND version = %(version)s;
UPDATE process_backlog SET claimed_until = NULL WHERE point_id = %(point)s
"""


def finish_backlog(backlog: Backlog, *, on: Together) -> None:
    """The point is processed. If more rows came meanwhile it stays in the backlog, free to be claimed.

    `on` is sent in the transaction that stores the measurements, so that a crash leaves both undone.
    """
    on.execute(FINISH, {"point": backlog.point_id, "version": backlog.version})


def map_series(
    *,
    source_id: UUID,
    origin: str,
    point_id: UUID,
    variables: Mapping[str, str],
    rank: int = Rank.FIRST,
    holds_s: int = 0,
) -> None:
    """Says which variable (the value) of the point each key (the name) of a new source is, and how it stands there."""
    Series.objects.bulk_create(
        Series(
            source_id=source_id,
            origin=origin,
            point_id=point_id,
            key=key,
            variable=variable,
            rank=rank,
            holds_s=holds_s,
        )
        for key, variable in variables.items()
    )
