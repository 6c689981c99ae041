"""Many rows as the arrays that `unnest` makes rows of again: one statement for all of them.

An array goes as its text: what psycopg2 makes of a list is parsed member by member as an expression, which costs more
than most statements do.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any


def by_column(rows: Iterable[Iterable[Any]]) -> list[str]:
    """An array for each column, to be cast where it stands. None is NULL.

    Of text, bytes, numbers, truths, UUIDs, dates and times. There is at least one row: without any nobody knows how
    many columns there are.
    """
    return [f"{{{','.join(map(_member, column))}}}" for column in zip(*rows, strict=True)]


def listed(members: Iterable[object]) -> str:
    """An array of ids, numbers and names that need no quotes; NULL is said as such."""
    return f"{{{','.join(map(str, members))}}}"


def _member(value: Any) -> str:
    match value:
        case None:
            return "NULL"
        case str():
            return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
        case bytes():
            return f'"\\\\x{value.hex()}"'
        case date():
            return value.isoformat()
        case _:
            return str(value)
