"""The words of a `$filter` (OData 4.01 URL conventions, 5.1.1)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from shared.errors import InvalidInput, invalid
from telemetry_service.sensorthings.language.tree import Value

Kind = Literal["value", "name", "open", "close", "comma", "end"]
INSTANT = r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:Z|[+-]\d\d:\d\d)"
TOKEN = re.compile(
    rf"""\s*(?:(?P<instant>{INSTANT})(?![\w.])
          |(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)(?![\w.])
          |(?P<text>'(?:[^']|'')*')
          |(?P<name>[A-Za-z_@$][\w.@]*(?:/[A-Za-z_@$][\w.@]*)*)
          |(?P<open>\()|(?P<close>\))|(?P<comma>,))""",
    re.VERBOSE,
)
WORDS: dict[str, Value] = {"true": True, "false": False, "null": None}
RIGHT = "phenomenonTime ge 2024-03-25T00:00:00Z and result gt 1.5"


@dataclass(frozen=True, slots=True)
class Token:
    """`at` is its place in the text, from 1, for whoever has to mend it."""

    kind: Kind
    text: str
    at: int
    value: Value = None


def tokens(text: str) -> list[Token]:
    """With one of the kind `end` behind them all. Raises InvalidInput where nothing can be read."""
    found: list[Token] = []
    at = 0
    while text[at:].strip():
        match = TOKEN.match(text, at)
        if match is None:
            raise unreadable(text, at + 1 + len(text[at:]) - len(text[at:].lstrip()))
        found.append(_token(match))
        at = match.end()
    return [*found, Token("end", "", len(text) + 1)]


def unreadable(text: str, at: int) -> InvalidInput:
    return invalid("$filter", f"no se entiende desde el carácter {at}", received=text, expected=RIGHT)


def _token(match: "re.Match[str]") -> Token:
    kind = str(match.lastgroup)
    text, at = match[kind], match.start(kind) + 1
    if kind == "instant":
        return Token("value", text, at, _instant(text))
    if kind == "number":
        return Token("value", text, at, float(text))
    if kind == "text":
        return Token("value", text, at, text[1:-1].replace("''", "'"))
    if kind == "name":
        return Token("value", text, at, WORDS[text]) if text in WORDS else Token("name", text, at)
    return Token("open" if kind == "open" else "close" if kind == "close" else "comma", text, at)


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise invalid("$filter", "no es un instante", received=text, expected="2024-03-25T17:00:00Z") from error
