"""A column of texts is read as each text for itself."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.process.exact import scaled, whole
from telemetry_service.process.numbers import numbers_in
from telemetry_service.process.readings import number_in

ODD = ["", " 42.50 ", "n/a", "1_000", "1e400", "1e-400", "0e50", "-0", "+1", "inf", "NaN", "true", "9" * 60, "١٢"]
TEXTS = st.sampled_from(ODD) | st.floats().map(repr) | st.decimals(allow_nan=False, allow_infinity=False).map(str)


@given(st.lists(TEXTS | st.text(max_size=20)))
def test_a_text_is_the_number_it_is_alone(texts: list[str]) -> None:
    alone = [number_in(text) for text in texts]
    expected = np.array([np.nan if number is None else float(number) for number in alone])
    np.testing.assert_array_equal(numbers_in(texts).values, expected)


@given(st.lists(st.decimals(-(10**9), 10**9, places=3), min_size=1))
def test_scaled_numbers_are_their_texts_to_the_last_digit(numbers: list[Decimal]) -> None:
    read = numbers_in([str(number) for number in numbers])
    found = scaled(read.values)
    sure = found.known & read.short
    assert sure.all()
    assert [Decimal(int(one)).scaleb(-found.places) for one in found.whole] == numbers


@pytest.mark.parametrize("value", [1 / 3, 1e300, float("nan"), 10.0**16])
def test_what_has_no_end_is_not_scaled(value: float) -> None:
    assert not scaled(np.array([value, 1.5])).known[0]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=9, min_value=-(10**9), max_value=10**9))
def test_a_decimal_is_whole_times_a_power_of_ten(number: Decimal) -> None:
    size, places = whole(number)
    assert places >= 0
    assert Decimal(size).scaleb(-places) == number
