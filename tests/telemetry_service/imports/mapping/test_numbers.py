"""A number is what its writer meant, or it is refused."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.imports.files.cells import CellProblem, Formula
from telemetry_service.imports.mapping.numbers import NumberForm, number_text

POINT, COMMA = NumberForm(), NumberForm(",")
CHILEAN, ENGLISH = NumberForm(",", "."), NumberForm(".", ",")


@pytest.mark.parametrize(
    ("cell", "form", "text"),
    [
        ("42.50", POINT, "42.50"),
        ("42,50", COMMA, "42.50"),
        (" 12 ", POINT, "12"),
        ("1.234,5", CHILEAN, "1234.5"),
        ("1.234.567", CHILEAN, "1234567"),
        ("12,5", CHILEAN, "12.5"),
        ("1,234.5", ENGLISH, "1234.5"),
        ("1 234,5", COMMA, "1234.5"),
        ("1\u00a0234", POINT, "1234"),
        ("\u22123", POINT, "-3"),
        ("'007", POINT, "007"),
        ("-3200", POINT, "-3200"),
        ("1E-3", POINT, "1E-3"),
        (".5", POINT, ".5"),
        (12, POINT, "12"),
        (12.5, COMMA, "12.5"),
        (0.1 + 0.2, POINT, "0.30000000000000004"),
        ("", POINT, ""),
        ("   ", POINT, ""),
        (None, POINT, ""),
    ],
)
def test_a_number_keeps_its_digits(cell: Any, form: NumberForm, text: str) -> None:
    assert number_text(cell, form) == text


@pytest.mark.parametrize(
    ("cell", "form", "said"),
    [
        ("12,5", POINT, "el decimal es «.»"),
        ("1.234", COMMA, "el decimal es «,»"),
        ("1.23", CHILEAN, "grupos de tres"),
        ("1.2345,6", CHILEAN, "grupos de tres"),
        ("12.34.567", CHILEAN, "grupos de tres"),
        ("n/a", POINT, "no es un número"),
        ("12 m3", POINT, "no es un número"),
        ("NaN", POINT, "no es un número"),
        ("Infinity", POINT, "no es un número"),
        ("1_000", POINT, "no es un número"),
        ("\u0661\u0662", POINT, "no es un número"),
        ("--", POINT, "no es un número"),
        ("1e99", POINT, "no es un número que se pueda usar"),
        ("9" * 41, POINT, "no es un número que se pueda usar"),
        (float("inf"), POINT, "no es un número que se pueda usar"),
        (True, POINT, "verdadero o falso"),
        (Formula("=A1"), POINT, "fórmula"),
        (datetime(2024, 3, 25), POINT, "fecha u hora"),  # noqa: DTZ001
        (time(10), POINT, "fecha u hora"),
        (timedelta(hours=30), POINT, "fecha u hora"),
    ],
)
def test_what_is_no_number_says_why(cell: Any, form: NumberForm, said: str) -> None:
    with pytest.raises(CellProblem, match=said) as caught:
        number_text(cell, form)
    assert caught.value.expected


@given(st.decimals(-(10**9), 10**9, places=3))
def test_a_number_as_chile_writes_it_comes_back(number: Decimal) -> None:
    written = f"{number:,.3f}".translate(str.maketrans(",.", ".,"))
    assert Decimal(number_text(written, CHILEAN)) == number


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_a_reason(text: str) -> None:
    try:
        found = number_text(text, COMMA)
    except CellProblem:
        return
    assert found == "" or Decimal(found).is_finite()
