"""Reads the key that a page goes on from out of its cursor: it came from outside, like everything else.

Each is None where the page begins at the start. Raises InvalidInput where the cursor is none of the list.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from math import isfinite
from typing import Any, TypeVar
from uuid import UUID

from shared.errors import InvalidInput, invalid
from shared.web.pages import Page

One = TypeVar("One")
# No text column can hold NUL or half of a surrogate pair.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def text_after(page: Page) -> str | None:
    """Of a list whose key is one text."""
    return _key(page, _text)


def number_after(page: Page) -> int | None:
    """Of a list whose key is one whole number."""
    return _key(page, _number)


def instant_after(page: Page) -> datetime | None:
    """Of a list whose key is one time."""
    return _key(page, _instant)


def id_after(page: Page) -> UUID | None:
    """Of a list by id."""
    return _key(page, _id)


def text_and_id_after(page: Page) -> tuple[str, UUID] | None:
    """Of a list by text, and by id where two have the same."""
    return _key(page, lambda said, other: (_text(said), _id(other)))


def real_and_id_after(page: Page) -> tuple[float, UUID] | None:
    """Of a list by a number that need not be whole, and by id where two have the same."""
    return _key(page, lambda said, other: (_real(said), _id(other)))


def id_text_and_day_after(page: Page) -> tuple[UUID, str, date] | None:
    """Of a list of the days of many series."""
    return _key(page, lambda said, text, day: (_id(said), _text(text), date.fromisoformat(_string(day))))


def instant_and_id_after(page: Page) -> tuple[datetime, UUID] | None:
    """Of a list by time, and by id where two have the same."""
    return _key(page, lambda said, other: (_instant(said), _id(other)))


def instant_and_number_after(page: Page) -> tuple[datetime, int] | None:
    """Of a list by time, and by number where two have the same."""
    return _key(page, lambda said, other: (_instant(said), _number(other)))


def bad_cursor(page: Page) -> InvalidInput:
    received = repr(page.after).encode("ascii", "backslashreplace").decode()
    return invalid(
        "cursor", "no es un cursor de esta lista", received=received, expected="el «next» de la página anterior"
    )


def _key(page: Page, read: Callable[..., One]) -> One | None:
    """`read` takes the key's parts; it raises TypeError or ValueError where they are none, or too few, or too many."""
    if page.after is None:
        return None
    try:
        return read(*page.after)
    except (TypeError, ValueError):
        raise bad_cursor(page) from None


def _string(said: Any) -> str:
    if not isinstance(said, str):
        raise TypeError("no text")
    return said


def _text(said: Any) -> str:
    if UNSTORABLE.search(text := _string(said)):
        raise ValueError("no column holds it")
    return text


def _number(said: Any) -> int:
    """A bigint that a row may have as its id."""
    if not isinstance(said, int) or isinstance(said, bool) or not 0 <= said < 2**63:
        raise ValueError("no number of a row")
    return said


def _real(said: Any) -> float:
    if not isinstance(said, int | float) or isinstance(said, bool) or not isfinite(said):
        raise ValueError("no number")
    return float(said)


def _id(said: Any) -> UUID:
    return UUID(_string(said))


def _instant(said: Any) -> datetime:
    """Without a zone it would be another instant for everybody."""
    at = datetime.fromisoformat(_string(said))
    if at.tzinfo is None:
        raise ValueError("no zone")
    return at
