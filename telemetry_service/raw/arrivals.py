"""What came in since somebody last looked: noted in the transaction that stores the rows, taken once."""

import json
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from django.db import connection

from shared.db.unnest import listed
from telemetry_service.raw.lots import Lot, Micros, Numbers

HOUR = 3_600_000_000  # microseconds: no day begins within one

NOTE = """
INSERT INTO raw_arrival (received_at, sources, keys, firsts, lasts, counts, negatives)
VALUES (%s, %s::uuid[], %s::text[], %s::timestamptz[], %s::timestamptz[], %s::integer[], %s::jsonb[])
"""
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


def note(lot: Lot, numbers: Numbers, ranks: Numbers, *, before: str = "") -> None:
    """The rows that were new, by place and time, with the rank of each one's place: one entry for a place and hour.

    `before`: a statement of our own that is sent along.
    """
    if not len(numbers):
        if before:
            with connection.cursor() as cursor:
                cursor.execute(before)
        return
    with connection.cursor() as cursor:
        cursor.execute(before + NOTE, noted(lot, numbers, ranks))


def noted(lot: Lot, numbers: Numbers, ranks: Numbers) -> tuple[Any, ...]:
    """The values of NOTE."""
    times = lot.times[numbers]
    hours = times // HOUR
    starts = np.flatnonzero((np.diff(ranks, prepend=-1) != 0) | (np.diff(hours, prepend=hours[0]) != 0))
    ends = np.append(starts[1:], len(numbers))
    leaders = numbers[starts].tolist()
    places = [lot.places[n] for n in leaders]
    negatives = _negatives(lot, numbers, starts)
    return (
        min(lot.tails[n].received_at for n in leaders),
        listed(place.listed_source for place in places),
        listed(place.listed_key for place in places),
        listed(_said(times[starts])),
        listed(_said(times[ends - 1])),
        listed((ends - starts).tolist()),
        [negatives.get(entry) for entry in range(len(starts))] if negatives else listed(["NULL"] * len(starts)),
    )


def _said(times: Micros) -> list[str]:
    """As PostgreSQL reads them: to work them out there takes longer to plan than to do."""
    said: list[str] = np.datetime_as_string(times.astype("datetime64[us]"), timezone="UTC").tolist()
    return said


def _negatives(lot: Lot, numbers: Numbers, starts: Numbers) -> dict[int, str]:
    """By entry, as JSON: its values below zero by their device time."""
    found: dict[int, dict[str, str]] = {}
    if b"-" not in b"".join(lot.values):
        return {}
    picked = numbers.tolist()
    for index in [index for index, n in enumerate(picked) if lot.values[n][:1] == b"-"]:
        n, entry = picked[index], int(np.searchsorted(starts, index, side="right")) - 1
        found.setdefault(entry, {})[lot.instant(n).isoformat()] = lot.values[n].decode()
    return {entry: json.dumps(said) for entry, said in found.items()}


def take(*, stores: int) -> list[Arrived]:
    """What up to `stores` stores brought, the oldest of them first. To be called inside a transaction.

    Whoever takes it works it off in the same transaction: it is then counted exactly once.
    """
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [stores])
        return [_arrived(*row) for row in cursor.fetchall()]


def _arrived(source_id: UUID, key: str, first: int, last: int, number: int, negatives: Any, at: Any) -> Arrived:
    return Arrived(source_id, key, first, last, number, json.loads(negatives) if negatives else None, at)
