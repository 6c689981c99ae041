"""Partitions of a range-partitioned table: made ahead and dropped by retention, and no writer waits for either.

A hypertable has chunks instead: TimescaleDB makes them when rows come, so that nothing is made ahead.
"""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from django.db.transaction import atomic

from shared.db.hypertables import chunks_before, drop_chunks, is_hypertable
from shared.db.pieces import Grain, Piece, month_of, months, pieces

LOCK = 0x50415254  # "PART": two numbers, so that nobody else's single one meets ours
# A partition that is made by PARTITION OF locks the whole table against writers; one that is attached does not.
MAKE = """
CREATE TABLE "{child}" (LIKE "{table}" INCLUDING ALL);
ALTER TABLE "{table}" ATTACH PARTITION "{child}" FOR VALUES FROM ('{start} 00:00:00+00') TO ('{end} 00:00:00+00')
"""
CHILDREN = """
SELECT child.relname, inhdetachpending FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
 WHERE inhparent = to_regclass(%s) ORDER BY child.relname
"""
# A drop that was broken off between detaching and dropping leaves a table that belongs to nobody.
LEFT_OVER = """
SELECT relname FROM pg_class
 WHERE relnamespace = (SELECT relnamespace FROM pg_class WHERE oid = to_regclass(%(parent)s)) AND relkind = 'r'
   AND NOT relispartition AND relname ~ %(names)s ORDER BY relname
"""


def ensure_months(
    connection: Any, table: str, first: date, last: date, *, grain: Callable[[], Grain] = lambda: Grain.MONTH
) -> list[str]:
    """Makes the partitions of `table` from `first`'s month to `last`'s, where missing; names those it made.

    A month is made whole, in one transaction; one that is there stays as it was cut. `grain` says how new ones are, and
    is asked only where one is made. Bounds are UTC midnights. `table` comes from our own code, never from outside. Of
    several that need a month at the same time one makes it and the others wait for it.
    """
    missing = set(months(first, last)) - _months_there(connection, table)
    if missing and is_hypertable(connection, table):
        return []
    return [name for month in sorted(missing) for name in _make_month(connection, table, month, grain())]


def _make_month(connection: Any, table: str, month: date, grain: Grain) -> list[str]:
    with atomic(using=connection.alias), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, table])
        if month in _months_there(connection, table):
            return []
        return [_make(cursor, table, piece) for piece in pieces(month, grain)]


def _make(cursor: Any, table: str, piece: Piece) -> str:
    child = f"{table}{piece.suffix}"
    cursor.execute(MAKE.format(table=table, child=child, start=piece.start, end=piece.end))
    return child


def drop_before(connection: Any, table: str, month: date) -> list[str]:
    """Drops every partition of `table` that ends at or before the first of `month`; names them.

    Detached first, concurrently: writers of other partitions do not wait. What an earlier drop left half done is
    finished. Not to be called inside a transaction.
    """
    if is_hypertable(connection, table):
        return drop_chunks(connection, table, month)
    dropped = []
    for child, is_pending in _children(connection, table):
        if _is_before(child, month):
            how = "FINALIZE" if is_pending else "CONCURRENTLY"
            with connection.cursor() as cursor:
                cursor.execute(f'ALTER TABLE "{table}" DETACH PARTITION "{child}" {how}')
            dropped.append(child)
    for child in _left_over(connection, table):
        if _is_before(child, month):
            with connection.cursor() as cursor:
                cursor.execute(f'DROP TABLE IF EXISTS "{child}"')
            dropped += [] if child in dropped else [child]
    return dropped


def partitions_before(connection: Any, table: str, month: date) -> Iterator[str]:
    """Those that end at or before the first of `month`, by time; chunks with their schema."""
    if is_hypertable(connection, table):
        yield from chunks_before(connection, table, month)
    for child, is_pending in _children(connection, table):
        if _is_before(child, month) and not is_pending:
            yield child


def _is_before(child: str, month: date) -> bool:
    of = month_of(child)
    return of is not None and of < month.replace(day=1)


def _months_there(connection: Any, table: str) -> set[date]:
    return {month for child, _ in _children(connection, table) if (month := month_of(child))}


def _children(connection: Any, table: str) -> list[tuple[str, bool]]:
    """Name, and whether a detachment was broken off."""
    with connection.cursor() as cursor:
        cursor.execute(CHILDREN, [f'"{table}"'])
        return [(name, is_pending) for name, is_pending in cursor.fetchall() if month_of(name)]


def _left_over(connection: Any, table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(LEFT_OVER, {"parent": f'"{table}"', "names": rf"^{table}_y\d{{4}}m\d{{2}}([wd]\d{{1,2}})?$"})
        return [name for (name,) in cursor.fetchall()]
