"""Monthly partitions of a range-partitioned table: made ahead, dropped by retention."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.transaction import atomic

CHILD = re.compile(r"_y(\d{4})m(\d{2})$")
LOCK = 0x50415254  # "PART": two numbers, so that nobody else's single one meets ours


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
