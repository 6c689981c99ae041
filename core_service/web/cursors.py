"""Reads the key out of a cursor: it came from outside, like everything else."""

import re
from datetime import datetime
from uuid import UUID

from shared.errors import InvalidInput, invalid
from shared.web.pages import Page

# No text column can hold NUL or half of a surrogate pair.
UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def text_key(page: Page) -> str | None:
    """The text after which the page begins; None from the start."""
    if page.after is None:
        return None
    match page.after:
        case (str() as text,) if not UNSTORABLE.search(text):
            return text
    raise _not_ours(page)


def number_key(page: Page) -> int:
    """The number after which the page begins; 0 from the start."""
    if page.after is None:
        return 0
    match page.after:
        case (int() as number,) if not isinstance(number, bool) and 0 <= number < 2**63:
            return number
    raise _not_ours(page)


def instant_and_id_key(page: Page) -> tuple[datetime, UUID] | None:
    """The instant and the id after which the page begins; None from the start."""
    if page.after is None:
        return None
    match page.after:
        case (str() as at, str() as row_id):
            try:
                key = datetime.fromisoformat(at), UUID(row_id)
            except ValueError:
                raise _not_ours(page) from None
            if key[0].tzinfo is not None:
                return key
    raise _not_ours(page)


def _not_ours(page: Page) -> InvalidInput:
    received = repr(page.after).encode("ascii", "backslashreplace").decode()
    return invalid(
        "cursor", "no es un cursor de esta lista", received=received, expected="el «next» de la página anterior"
    )
