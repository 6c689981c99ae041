"""Monthly partitions of a range-partitioned table: made ahead, packed when they are over, dropped by retention."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db import OperationalError
from django.db.transaction import atomic

CHILD = re.compile(r"_y(\d{4})m(\d{2})$")
LOCK = 0x50415254  # "PART": two numbers, so that nobody else's single one meets ours

WAIT = "3s"  # for a partition that somebody else has


def ensure_months(connection: Any, table: str, first: date, last: date) -> list[str]:
    """Makes the partitions of `table` from `first`'s month to `last`'s, where missing; names those it made.

    Bounds are UTC midnights. `table` comes from our own code, never from outside. Of several that need a month at the
    same time one makes it and the others wait for it: IF NOT EXISTS alone fails where two come at the same instant.
    """
    present = set(_children(connection, table))
    made = []
    for month in months(first, last):
        child = child_name(table, month)
        if child in present:
            continue
        with atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, hashtext(%s))", [LOCK, table])
            cursor.execute(
                f'CREATE TABLE IF NOT EXISTS "{child}" PARTITION OF "{table}" '
                f"FOR VALUES FROM ('{month} 00:00:00+00') TO ('{next_month(month)} 00:00:00+00')"
            )
        made.append(child)
    return made


def drop_before(connection: Any, table: str, month: date) -> list[str]:
    """Drops every partition of `table` that ends at or before the first of `month`; names them.

    Detached first, concurrently: writers of other partitions do not wait. Not to be called inside a transaction.
    """
    dropped = [child for child in _children(connection, table) if _month_of(child) < month.replace(day=1)]
    for child in dropped:
        with connection.cursor() as cursor:
            cursor.execute(f'ALTER TABLE "{table}" DETACH PARTITION "{child}" CONCURRENTLY')
            cursor.execute(f'DROP TABLE "{child}"')
    return dropped


def months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = next_month(month)


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def child_name(table: str, month: date) -> str:
    return f"{table}_y{month.year:04d}m{month.month:02d}"


def _children(connection: Any, table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid "
            "WHERE inhparent = to_regclass(%s) ORDER BY child.relname",
            [f'"{table}"'],
        )
        return [name for (name,) in cursor.fetchall() if CHILD.search(name)]


def _month_of(child: str) -> date:
    found = CHILD.search(child)
    if found is None:
        raise ValueError(f"{child} is not a monthly partition")
    return date(int(found[1]), int(found[2]), 1)


def pack_before(connection: Any, table: str, month: date) -> list[str]:
    """Puts the rows of every partition that ends at or before the first of `month` in the order of its key; names
    those it packed, each once.

    Rows come in the order of arrival: those of one series lie a page apart. Packed, a month of it is some pages beside
    each other. A partition is locked while it is written anew, readers and late writers of it wait; where somebody
    else has it for longer than WAIT it is left for the next time. Not to be called inside a transaction.
    """
    packed = []
    for child in _children(connection, table):
        if _month_of(child) < month.replace(day=1) and not _is_packed(connection, child):
            packed += [child] if _pack(connection, child) else []
    return packed


def _pack(connection: Any, child: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('lock_timeout', %s, false), set_config('statement_timeout', '0', false)", [WAIT]
        )
        try:
            cursor.execute(f'CLUSTER "{child}" USING "{child}_pkey"')
            # All of it is visible to everybody now: the index alone answers for what it includes.
            cursor.execute(f'VACUUM (FREEZE, ANALYZE) "{child}"')
        except OperationalError:
            return False
        finally:
            cursor.execute("RESET lock_timeout")
            cursor.execute("RESET statement_timeout")
    return True


def _is_packed(connection: Any, child: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indisclustered FROM pg_index WHERE indexrelid = to_regclass(%s)", [f'"{child}_pkey"'])
        row = cursor.fetchone()
        return bool(row and row[0])
