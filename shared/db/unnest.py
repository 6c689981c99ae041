"""Many rows as the arrays that `unnest` makes rows of again: one statement for all of them.

An array goes as its text: what psycopg2 makes of a list is parsed member by member as an expression, which costs more
than most statements do.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime
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
    return MEMBERS.get(type(value), _other)(value)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _other(value: Any) -> str:
    return _quoted(value) if isinstance(value, str) else str(value)


# By type, for there are thousands of members.
MEMBERS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "NULL",
    str: _quoted,
    bytes: lambda value: f'"\\\\x{value.hex()}"',
    datetime: datetime.isoformat,
    date: date.isoformat,
}
