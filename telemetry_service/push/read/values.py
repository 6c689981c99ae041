"""A reading's value: a number or a text, kept as it was said. What is no value is refused, never taken for one."""

import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation

import msgspec

from shared.errors import FieldError

MOST_DIGITS = 40
MOST_TEXT = 200
DIGITS = b"-0123456789"
QUOTED = re.compile(rb'"(-?\d{1,18}(?:\.\d{1,18})?)"')  # a plain number said as a text
PLAIN = re.compile(rb"[-.\d]{1,%d}+(?:\n[-.\d]{1,%d}+)*+" % (MOST_DIGITS, MOST_DIGITS))
NO_VALUES = frozenset({"nan", "null", "none", "inf", "infinity"})
DECIMAL_COMMA = re.compile(r"[+-]?\d{1,20},\d{1,20}")
RIGHT = "un número como 12.5, o un texto"


class Wrong(ValueError):
    """What is wrong with a field of a row."""

    def __init__(self, field: str, problem: str, received: object = None, expected: str = "") -> None:
        super().__init__(problem)
        self.error = FieldError(field, problem, received, expected)


def are_plain(values: Iterable[bytes]) -> bool:
    """Whether none of these is odd: looked at all at once, as most pushes have nothing else."""
    return PLAIN.fullmatch(b"\n".join(values)) is not None


def odd(raw: bytes) -> bool:
    """Whether a JSON value is anything but a plain number: JSON's own grammar keeps NaN and 01 out."""
    return raw[0] not in DIGITS or len(raw) > MOST_DIGITS or b"e" in raw or b"E" in raw


def read_json(raw: bytes) -> bytes:
    """An odd JSON value as it is kept, in UTF-8. Raises Wrong."""
    if raw[0] in DIGITS:
        return _number(raw)
    if raw in (b"true", b"false"):
        return raw
    if raw == b"null":
        raise Wrong("value", "falta", None, RIGHT)
    if raw[:1] != b'"':
        raise Wrong("value", "no es un número ni un texto", raw[:40].decode(errors="replace"), RIGHT)
    try:
        return read_text(msgspec.json.decode(raw, type=str))
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Wrong("value", "no es un texto en UTF-8", None, RIGHT) from error


def read_text(text: str) -> bytes:
    """A value that came as text. Raises Wrong."""
    stripped = text.strip()
    if not stripped:
        raise Wrong("value", "falta", text, RIGHT)
    if stripped.lstrip("+-").lower() in NO_VALUES:
        raise Wrong("value", "no es un valor", text, f"{RIGHT}; si no hay lectura, no mande la fila")
    if len(text) > MOST_TEXT:
        raise Wrong("value", f"tiene {len(text)} letras", text[:40], f"hasta {MOST_TEXT}")
    if "\0" in text:
        raise Wrong("value", "tiene un carácter nulo", text, RIGHT)
    if DECIMAL_COMMA.fullmatch(stripped):
        raise Wrong("value", "usa coma decimal", text, f"con punto: {stripped.replace(',', '.')}")
    return text.encode()


def _number(raw: bytes) -> bytes:
    """Long, or with an exponent."""
    try:
        size = Decimal(raw.decode()).adjusted()
    except InvalidOperation:
        size = 999
    if len(raw) > MOST_DIGITS or not -30 < size < 30:
        raise Wrong("value", "es demasiado largo para una lectura", raw[:40].decode(), f"hasta {MOST_DIGITS} cifras")
    return raw
