"""RUT: the Chilean tax number, its check digit by modulo 11. The API wants `NNNNNNNN-D`, no dots, K upper case."""

import re

SHAPE = re.compile(r"(\d{1,8})-?([\dK])")
CHECK_DIGITS = "0123456789K0"


def normalise(text: str) -> str:
    """As the API wants it; ValueError says what is wrong."""
    found = SHAPE.fullmatch(text.strip().replace(".", "").upper())
    if found is None:
        raise ValueError("no tiene la forma 12345678-5")
    body, digit = found[1].lstrip("0"), found[2]
    if not body or check_digit(body) != digit:
        raise ValueError(f"el dígito verificador no corresponde: debería ser {check_digit(body or '0')}")
    return f"{body}-{digit}"


def check_digit(body: str) -> str:
    """Weights 2 to 7, again and again from the right."""
    total = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(body)))
    return CHECK_DIGITS[11 - total % 11]
