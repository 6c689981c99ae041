"""Many rows as the arrays that `unnest` makes rows of again: one statement for all of them."""

from collections.abc import Iterable
from typing import Any


def by_column(rows: Iterable[Iterable[Any]]) -> list[list[Any]]:
    """Column by column. There is at least one row: without any nobody knows how many columns there are."""
    return [list(column) for column in zip(*rows, strict=True)]


def listed(members: Iterable[object]) -> str:
    """A PostgreSQL array's text: what psycopg2 makes of a list is parsed member by member as an expression.

    Of ids, numbers and names that need no quotes; NULL is said as such.
    """
    return f"{{{','.join(map(str, members))}}}"
