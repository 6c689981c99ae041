"""How many rows a month of a table will hold, by what its partitions hold: that decides how months to come are cut."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any

from shared.db.partitions import ensure_months
from shared.db.pieces import Grain, grain_for, month_of, next_month

AHEAD = timedelta(days=62)
LOOKED_AT = timedelta(days=100)  # three whole months and the one that goes on
LEAST = timedelta(days=3)  # a month that just began says little
# What ANALYZE and the statistics know: a count would read the whole table.
ROWS = """
SELECT child.relname, greatest(child.reltuples, pg_stat_get_live_tuples(child.oid), 0)
  FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid WHERE inhparent = to_regclass(%s)
"""


def ensure_ahead(connection: Any, table: str, *, now: datetime) -> list[str]:
    """Makes this month's partitions and the next two months', where missing; names those it made."""
    grain = lru_cache(lambda: measured_grain(connection, table, now=now))
    return ensure_months(connection, table, now.date(), (now + AHEAD).date(), grain=grain)


def measured_grain(connection: Any, table: str, *, now: datetime) -> Grain:
    with connection.cursor() as cursor:
        cursor.execute(ROWS, [f'"{table}"'])
        found: dict[date, float] = {}
        for name, rows in cursor.fetchall():
            if month := month_of(name):
                found[month] = found.get(month, 0.0) + rows
    return grain_for(rows_a_month(found, now=now))


def rows_a_month(rows: Mapping[date, float], *, now: datetime) -> float:
    """The most of the last months, the present one's as many as it would have at this pace."""
    return max((_whole(month, some, now) for month, some in rows.items()), default=0.0)


def _whole(month: date, rows: float, now: datetime) -> float:
    start, end = (datetime(day.year, day.month, 1, tzinfo=UTC) for day in (month, next_month(month)))
    if end <= now:
        return rows if now - start <= LOOKED_AT + (end - start) else 0.0
    return rows * ((end - start) / (now - start)) if now - start >= LEAST else 0.0
