"""Reads the key that a page goes on from out of its cursor: it came from outside, like everything else.

Each is None where the page begins at the start. Raises InvalidInput where the cursor is none of the list.
"""

import re
from datetime import datetime
from uuid import UUID

from shared.errors import InvalidInput, invalid
from shared.web.pages import Page

# No text column can hold NUL or half of a surrogate pair.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def text_after(page: Page) -> str | None:
    """Of a list whose key is one text."""
    match page.after:
        case None:
            return None
        case (str() as text,) if not UNSTORABLE.search(text):
            return text
    raise bad_cursor(page)


def number_after(page: Page) -> int | None:
    """Of a list whose key is one whole number."""
    match page.after:
        case None:
            return None
        case (int() as number,) if _is_id(number):
            return number
    raise bad_cursor(page)


def instant_after(page: Page) -> datetime | None:
    """Of a list whose key is one time."""
    match page.after:
        case None:
            return None
        case (str() as at,):
            try:
                return _instant(at)
            except ValueError:
                raise bad_cursor(page) from None
    raise bad_cursor(page)


def instant_and_id_after(page: Page) -> tuple[datetime, UUID] | None:
    """Of a list by time, and by id where two have the same."""
    match page.after:
        case None:
            return None
        case (str() as at, str() as row_id):
            try:
                return _instant(at), UUID(row_id)
            except ValueError:
                raise bad_cursor(page) from None
    raise bad_cursor(page)


def instant_and_number_after(page: Page) -> tuple[datetime, int] | None:
    """Of a list by time, and by number where two have the same."""
    match page.after:
        case None:
            return None
        case (str() as at, int() as number) if _is_id(number):
            try:
                return _instant(at), number
            except ValueError:
                raise bad_cursor(page) from None
    raise bad_cursor(page)


def bad_cursor(page: Page) -> InvalidInput:
    received = repr(page.after).encode("ascii", "backslashreplace").decode()
    return invalid(
        "cursor", "no es un cursor de esta lista", received=received, expected="el «next» de la página anterior"
    )


def _is_id(number: int) -> bool:
    """A bigint that a row may have as its id."""
    return not isinstance(number, bool) and 0 <= number < 2**63


def _instant(text: str) -> datetime:
    """Raises ValueError; without a zone it would be another instant for everybody."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return at
