"""What came in since somebody last looked: noted in the statement that stores the rows, taken once."""

import json
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

# Part of the merge of raw.store: the rows that were new, by series and hour. No day begins within an hour.
NOTE = """
noted AS (
    INSERT INTO raw_arrival (received_at, sources, keys, firsts, lasts, counts, negatives)
    SELECT min(received_at), array_agg(source_id), array_agg(key), array_agg(first), array_agg(last), array_agg(count),
           array_agg(negatives)
      FROM (SELECT source_id, key, min(device_time) AS first, max(device_time) AS last, count(*)::integer,
                   min(received_at) AS received_at,
                   jsonb_object_agg(device_time, value) FILTER (WHERE left(value, 1) = '-') AS negatives
              FROM merged GROUP BY source_id, key, date_trunc('hour', device_time, 'UTC')) AS entry
    HAVING count(*) > 0)"""
TAKE = """
WITH taken AS (
    DELETE FROM raw_arrival WHERE id IN (SELECT id FROM raw_arrival ORDER BY id LIMIT %s)
    RETURNING received_at, sources, keys, firsts, lasts, counts, negatives)
SELECT entry.source_id, entry.key, (extract(epoch FROM entry.first) * 1000000)::bigint,
       (extract(epoch FROM entry.last) * 1000000)::bigint, entry.count, entry.negatives, taken.received_at
  FROM taken
 CROSS JOIN LATERAL unnest(sources, keys, firsts, lasts, counts, negatives)
       AS entry (source_id, key, first, last, count, negatives)
"""


class Arrived(NamedTuple):
    """`number` new rows of a series within one hour. Device times in microseconds since 1970."""

    source_id: UUID
    key: str
    first: int
    last: int
    number: int
    negatives: dict[str, str] | None  # value by ISO device time
    received_at: datetime | None


def take(*, stores: int) -> list[Arrived]:
    """What up to `stores` stores brought, the oldest of them first. To be called inside a transaction.

    Whoever takes it works it off in the same transaction: it is then counted exactly once.
    """
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [stores])
        return [_arrived(*row) for row in cursor.fetchall()]


def _arrived(source_id: UUID, key: str, first: int, last: int, number: int, negatives: Any, at: Any) -> Arrived:
    return Arrived(source_id, key, first, last, number, json.loads(negatives) if negatives else None, at)
