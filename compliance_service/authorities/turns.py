"""The gap between any two requests of ours to a source, whoever sends them: a row holds the next free instant."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

# So far ahead of its beginning a look may plan its sends: it waits for each, and the next look comes within a minute.
WINDOW = timedelta(seconds=50)
TURNS = """
SELECT source.code, coalesce((source.config #>> '{pacing,global_gap_s}')::float8, 0), turn.free_at
  FROM compliance_source source LEFT JOIN source_turn turn ON turn.source_id = source.code WHERE source.is_active
"""
# Locks the row, and makes it where there is none.
HOLD = """
INSERT INTO source_turn AS turn (source_id, free_at) VALUES (%s, %s)
    ON CONFLICT (source_id) DO UPDATE SET free_at = turn.free_at RETURNING free_at
"""
TAKE = "UPDATE source_turn SET free_at = %s WHERE source_id = %s"


def gap_of(rules: Mapping[str, Any]) -> timedelta:
    return timedelta(seconds=rules.get("pacing", {}).get("global_gap_s", 0))


def room(now: datetime, *, most: int) -> dict[str, int]:
    """By source, how many instants `reserve` can give now: for `most` at once where there is no gap."""
    with connection.cursor() as cursor:
        cursor.execute(TURNS)
        return {
            code: min(most, _free(max(free_at or now, now), timedelta(seconds=gap), now)) if gap else most
            for code, gap, free_at in cursor.fetchall()
        }


def reserve(*, code: str, wanted: int, gap: timedelta, now: datetime) -> list[datetime]:
    """Up to `wanted` instants from `now` on, a gap apart and within WINDOW, that are nobody else's."""
    if not gap:
        return [now] * wanted
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(HOLD, [code, now])
        first = max(cursor.fetchone()[0], now)
        taken = min(wanted, _free(first, gap, now))
        cursor.execute(TAKE, [first + taken * gap, code])
    return [first + place * gap for place in range(taken)]


def _free(first: datetime, gap: timedelta, now: datetime) -> int:
    """How many instants from `first` on lie within the window."""
    return (now + WINDOW - first) // gap + 1 if first <= now + WINDOW else 0
