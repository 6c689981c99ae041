"""A value is kept as it was said, or refused: it never becomes another."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.push.read.values import Wrong, odd, read_json, read_text


@pytest.mark.parametrize("text", ["42.50", "-0.0", "0", "1e3", "1.5E-7", "true", "false", "9" * 40])
def test_what_json_says_is_kept_to_the_letter(text: str) -> None:
    raw = text.encode()
    assert (read_json(raw) if odd(raw) else raw) == raw


@pytest.mark.parametrize(("said", "kept"), [("42.50", "42.50"), (" 7 ", " 7 "), ("abierta", "abierta"), ("ñ°", "ñ°")])
def test_a_text_is_kept_without_its_quotes(said: str, kept: str) -> None:
    assert read_json(json.dumps(said).encode()) == read_text(said) == kept.encode()


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("null", "falta"),
        ('""', "falta"),
        ('" "', "falta"),
        ('"NaN"', "no es un valor"),
        ('"-Infinity"', "no es un valor"),
        ('"null"', "no es un valor"),
        ("[1]", "no es un número"),
        ('{"v": 1}', "no es un número"),
        ("1e999", "demasiado largo"),
        ("1" * 41, "demasiado largo"),
        (json.dumps("x" * 201), "201 letras"),
        ('"a\\u0000"', "carácter nulo"),
        ('"12,5"', "coma decimal"),
    ],
)
def test_what_is_no_value_is_refused(raw: str, problem: str) -> None:
    assert odd(raw.encode())
    with pytest.raises(Wrong, match=problem) as refused:
        read_json(raw.encode())
    assert refused.value.error.field == "value"
    assert refused.value.error.expected


def test_a_decimal_comma_is_answered_with_what_would_be_right() -> None:
    with pytest.raises(Wrong) as refused:
        read_text("-12,50")
    assert refused.value.error.expected == "con punto: -12.50"


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=6))
def test_a_number_is_the_same_number(number: Decimal) -> None:
    assert Decimal(read_text(str(number)).decode()) == number
