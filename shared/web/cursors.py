"""Reads the key that a page goes on from out of its cursor: it came from outside, like everything else.

Each is None where the page begins at the start. Raises InvalidInput where the cursor is none of the list.
"""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.errors import InvalidInput, invalid
from shared.web.pages import Page

# No text column can hold NUL or half of a surrogate pair.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def text_after(page: Page) -> str | None:
    """Of a list whose key is one text."""
    found = _read(page, _text)
    return found and found[0]


def number_after(page: Page) -> int | None:
    """Of a list whose key is one whole number."""
    found = _read(page, _number)
    return found and found[0]


def instant_after(page: Page) -> datetime | None:
    """Of a list whose key is one time."""
    found = _read(page, _instant)
    return found and found[0]


def instant_and_id_after(page: Page) -> tuple[datetime, UUID] | None:
    """Of a list by time, and by id where two have the same."""
    return _read(page, _instant, _id)


def instant_and_number_after(page: Page) -> tuple[datetime, int] | None:
    """Of a list by time, and by number where two have the same."""
    return _read(page, _instant, _number)


def bad_cursor(page: Page) -> InvalidInput:
    received = repr(page.after).encode("ascii", "backslashreplace").decode()
    return invalid(
        "cursor", "no es un cursor de esta lista", received=received, expected="el «next» de la página anterior"
    )


def _read(page: Page, *parts: Callable[[Any], Any]) -> Any:
    """Each part of the key by the one of `parts` in its place, which raises TypeError or ValueError for another."""
    if page.after is None:
        return None
    try:
        return tuple(read(said) for read, said in zip(parts, page.after, strict=True))
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


def _id(said: Any) -> UUID:
    return UUID(_string(said))


def _instant(said: Any) -> datetime:
    """Without a zone it would be another instant for everybody."""
    at = datetime.fromisoformat(_string(said))
    if at.tzinfo is None:
        raise ValueError("no zone")
    return at
