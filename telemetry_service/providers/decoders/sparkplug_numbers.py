"""A Sparkplug metric's value as a number's text: signed where its type says so, with no more digits than it has."""

import math
import struct
from typing import Any

from telemetry_service.providers.engine.jsonpath import Number

SIGNED_BITS = {1: 8, 2: 16, 3: 32, 4: 64}  # Int8 … Int64: two's complement in an unsigned field
FLOAT_DIGITS = range(6, 10)


def number_text(field: str, value: Any, kind: int) -> Any:
    """A bool and a text stay what they are; what is no number becomes a text, and so is refused."""
    if isinstance(value, bool | str):
        return value
    if not math.isfinite(value):
        return repr(value)
    if field == "float_value":
        return Number(_shortest(value))
    if field == "double_value":
        return Number(repr(value))
    bits = SIGNED_BITS.get(kind)
    return Number(_signed(value, bits) if bits else value)


def _signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def _shortest(value: float) -> str:
    """12.67 and not 12.670000076293945: the fewest digits that give the same 32 bits."""
    packed = struct.pack(">f", value)
    for digits in FLOAT_DIGITS:
        text = f"{value:.{digits}g}"
        if struct.pack(">f", float(text)) == packed:
            return text
    return repr(value)
