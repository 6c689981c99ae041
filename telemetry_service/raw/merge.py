"""Puts a lot of rows down and says what stood there before. To be called inside a transaction.

Where nothing stands within what a place's rows span, which is how devices speak, they are copied straight into the
table. That would lose them all on a single row that is known: so it is asked for before, one look at the index for
each place, and done in a savepoint, as another transaction may be putting down the same. Else they go by a staging
table and one merge. Either way in one order, so that two writers of the same rows never wait for each other in a ring.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from django.db import IntegrityError, connection
from psycopg2.errors import UniqueViolation

from shared.db.copy import Column, copy_encoded
from shared.db.unnest import listed
from telemetry_service.raw.arrivals import note
from telemetry_service.raw.lots import COLUMNS, Arranged, Lot, Numbers, Place, arrange, encoded, instant
from telemetry_service.raw.partitions import READINGS

STAGED = (Column("n", "int4"), *COLUMNS)
NAMES = ", ".join(column.name for column in COLUMNS)
# The bounds of the whole lot keep all partitions but its own out of the plan.
STANDS = f"""EXISTS (
       SELECT FROM unnest(%(sources)s::uuid[], %(keys)s::text[], %(firsts)s::bigint[], %(lasts)s::bigint[])
              AS asked (source_id, key, first, last)
        CROSS JOIN LATERAL (
              SELECT FROM {READINGS} raw
               WHERE raw.source_id = asked.source_id AND raw.key = asked.key
                 AND raw.device_time >= timestamptz 'epoch' + asked.first * interval '1 microsecond'
                 AND raw.device_time <= timestamptz 'epoch' + asked.last * interval '1 microsecond'
                 AND raw.device_time >= %(least)s AND raw.device_time <= %(most)s LIMIT 1) found)
"""  # noqa: S608 the names are ours
# The savepoint that a copy will want is made on the same way to the server and back.
LOOK = f"SAVEPOINT raw_copy; SELECT {STANDS}"
STAGING = """
CREATE TEMPORARY TABLE IF NOT EXISTS raw_staging (
    n integer, source_id uuid, key text, device_time timestamptz, value text, unit text, received_at timestamptz,
    answer_id uuid, flags smallint
) ON COMMIT DELETE ROWS;
DELETE FROM raw_staging
"""  # a transaction may store more than once
# LATERAL: a look at the index for each row. A join may walk through a whole partition of which little is known.
STANDING = f"""
       raw_staging staged CROSS JOIN LATERAL (
       SELECT value, answer_id FROM {READINGS} raw
        WHERE raw.source_id = staged.source_id AND raw.key = staged.key AND raw.device_time = staged.device_time
          AND raw.device_time >= %(least)s AND raw.device_time <= %(most)s LIMIT 1) raw
"""  # noqa: S608 the names are ours
# Sorted: 15 % faster into a warm table, and far less write-ahead log after a checkpoint.
MERGE = f"""
WITH known AS MATERIALIZED (
    SELECT staged.n, raw.value FROM {STANDING}),
merged AS (
    INSERT INTO {READINGS} ({NAMES})
    SELECT {NAMES} FROM raw_staging staged WHERE NOT EXISTS (SELECT FROM known WHERE known.n = staged.n)
     ORDER BY source_id, key COLLATE "C", device_time
        ON CONFLICT (source_id, key, device_time) DO NOTHING
    RETURNING 1)
SELECT (SELECT count(*) FROM merged), coalesce(array_agg(n), '{{}}'), coalesce(array_agg(value), '{{}}') FROM known
"""  # noqa: S608 the names are ours
# What another transaction put there since the statement above began: those rows are not ours.
FOREIGN = f"""
SELECT staged.n, raw.value FROM {STANDING}
 WHERE raw.answer_id <> staged.answer_id
"""  # noqa: S608 the names are ours


class News(NamedTuple):
    """Where there is something new: from when until when, in microseconds since 1970, both included."""

    place: Place
    first: int
    last: int


class Merged(NamedTuple):
    """`known`: by number of each row that was not the first to say something, what stands there."""

    known: dict[int, str]
    news: list[News]


def merge(lot: Lot) -> Merged:
    rows = arrange(lot)
    known = {} if _is_new(lot, rows) and _copied(lot, rows.order) else _staged(lot, rows.order)
    numbers, ranks = rows.order, rows.ranks
    if known:
        is_new = ~np.isin(numbers, list(known))
        numbers, ranks = numbers[is_new], ranks[is_new]
    note(lot, numbers, ranks, before="RELEASE SAVEPOINT raw_copy;")
    for number, first in rows.again.items():
        known[number] = known.get(first, lot.values[first].decode())
    return Merged(known, spans(lot, numbers, ranks))


def spans(lot: Lot, numbers: Numbers, ranks: Numbers) -> list[News]:
    """What the rows of each place span. `numbers` by place and time, `ranks`: of which place each of them is."""
    is_first = np.diff(ranks, prepend=-1) != 0
    starts, ends = np.flatnonzero(is_first), np.flatnonzero(np.roll(is_first, -1))
    firsts, lasts = lot.times[numbers[starts]].tolist(), lot.times[numbers[ends]].tolist()
    places = [lot.places[n] for n in numbers[starts].tolist()]
    return [News(*one) for one in zip(places, firsts, lasts, strict=True)]


def asked(lot: Lot, news: Sequence[News]) -> dict[str, Any]:
    """What STANDS is about: whether nothing stands where the rows of each place begin, end or lie between."""
    return {
        "sources": listed(one.place.listed_source for one in news),
        "keys": listed(one.place.listed_key for one in news),
        "firsts": listed(one.first for one in news),
        "lasts": listed(one.last for one in news),
        **_bounds(lot),
    }


def _is_new(lot: Lot, rows: Arranged) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(LOOK, asked(lot, spans(lot, rows.order, rows.ranks)))
        return not cursor.fetchone()[0]


def _copied(lot: Lot, numbers: Numbers) -> bool:
    """False where another transaction came between: nothing is put down then."""
    with connection.cursor() as cursor:
        try:
            with connection.wrap_database_errors:
                copy_encoded(cursor, READINGS, COLUMNS, encoded(lot, numbers))
        except IntegrityError as error:
            if not isinstance(error.__cause__, UniqueViolation):
                raise
            cursor.execute("ROLLBACK TO SAVEPOINT raw_copy")
            return False
    return True


def _staged(lot: Lot, numbers: Numbers) -> dict[int, str]:
    bounds = _bounds(lot)
    with connection.cursor() as cursor:
        cursor.execute(STAGING)
        copy_encoded(cursor, "raw_staging", STAGED, encoded(lot, numbers, numbered=True))
        cursor.execute(MERGE, bounds)
        new, found, values = cursor.fetchone()
        known = dict(zip(found, values, strict=True))
        if new + len(known) < len(numbers):
            cursor.execute(FOREIGN, bounds)
            known |= dict(cursor.fetchall())
    return known


def _bounds(lot: Lot) -> dict[str, datetime]:
    return {"least": instant(int(lot.times.min())), "most": instant(int(lot.times.max()))}
