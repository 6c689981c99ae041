"""Pages by key, not by number: a page costs the same wherever it is, and rows that arrive meanwhile shift nothing."""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rest_framework.request import Request

from shared.errors import invalid


@dataclass(frozen=True, slots=True)
class Page:
    """`limit` rows after the key `after`; None means from the start. Ask for `limit + 1` rows."""

    limit: int
    after: tuple[Any, ...] | None


def read_page(request: Request, *, default: int = 100, most: int = 1000) -> Page:
    text = request.query_params.get("limit", str(default))
    if not text.isdigit() or not 1 <= int(text) <= most:
        raise invalid("limit", "fuera de rango", received=text, expected=f"un entero de 1 a {most}")
    cursor = request.query_params.get("cursor", "")
    return Page(limit=int(text), after=decode_cursor(cursor) if cursor else None)


def page_body(rows: Sequence[Any], *, limit: int, key: Callable[[Any], tuple[Any, ...]]) -> dict[str, Any]:
    """The page's body. `rows` holds one more than `limit` where there is a next page."""
    shown = rows[:limit]
    more = len(rows) > limit
    return {"results": list(shown), "next": encode_cursor(key(shown[-1])) if more else None}


def encode_cursor(key: tuple[Any, ...]) -> str:
    text = json.dumps([str(part) if not isinstance(part, int | float | None) else part for part in key])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[Any, ...]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
    except (ValueError, binascii.Error) as error:
        raise _bad_cursor(cursor) from error
    if not isinstance(key, list):
        raise _bad_cursor(cursor)
    return tuple(key)


def _bad_cursor(cursor: str) -> Exception:
    return invalid(
        "cursor", "no es un cursor de esta lista", received=cursor, expected="el «next» de la página anterior"
    )
