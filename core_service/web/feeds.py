"""Change feeds: the other services read them by cursor and never miss a row.

A sequence number alone is not enough: of two writers the one with the higher number may commit first, a reader then
goes past the lower one, and never comes back. So a writer takes its number under a lock that it holds to its commit.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection

from shared.web.pages import encode_cursor

# Advisory locks are the database's, not the schema's: two numbers, so that nobody else's single one meets ours.
FEEDS = 0x434F5245  # "CORE"
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Feed:
    """`number` tells its lock from the other feeds'; `sequence` is its counter in the database."""

    number: int
    sequence: str

    def next_change(self) -> int:
        """This transaction's number. Take it before any other lock, or two writers may wait for each other."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", (FEEDS, self.number))
            cursor.execute("SELECT nextval(%s)", [self.sequence])
            row = cursor.fetchone()
        if row is None:
            raise RuntimeError("nextval gave no row")
        return int(row[0])


def changes_body(
    rows: Sequence[Row], *, after: int, limit: int, seq: Callable[[Row], int], body: Callable[[Row], dict[str, Any]]
) -> dict[str, Any]:
    """A page of a feed; `rows` holds one more than `limit` where more wait. `next` is always there, to be kept."""
    shown = rows[:limit]
    cursor = encode_cursor((seq(shown[-1]) if shown else after,))
    return {"results": [body(row) for row in shown], "next": cursor, "more": len(rows) > limit}
