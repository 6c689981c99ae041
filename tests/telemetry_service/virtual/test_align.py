"""Series brought to one instant: pure, with numpy."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.virtual.align import EMPTY, Rows, align, instants_of, joined


def rows(*said: tuple[int, float | None], quality: int = 1) -> Rows:
    times = np.array([time for time, _ in said], dtype=np.int64)
    values = np.array([np.nan if value is None else value for _, value in said], dtype=np.float64)
    qualities = np.where(np.isnan(values), int(Quality.FAIL), quality)
    return Rows(times, values, qualities, np.where(np.isnan(values), int(Reason.NOT_A_NUMBER), 0))


@pytest.mark.parametrize(
    ("at", "tolerance", "hold", "value", "held"),
    [
        (10, 0, 0, 1.0, False),
        (11, 0, 0, None, False),
        (11, 1, 0, 1.0, False),
        (12, 1, 0, None, False),
        (12, 1, 2, 1.0, True),
        (13, 1, 2, None, False),
        (20, 0, 0, None, False),  # a row without a value
        (20, 0, 10, 1.0, True),
        (21, 1, 0, None, False),  # not the row behind it
        (9, 100, 100, None, False),
    ],
)
def test_which_value_counts(at: int, tolerance: int, hold: int, value: float | None, held: bool) -> None:
    found = align(rows((10, 1.0), (20, None)), np.array([at]), tolerance_us=tolerance, hold_us=hold)
    assert (None if np.isnan(found.values[0]) else found.values[0]) == value
    assert bool(found.reasons[0] & Reason.HELD_INPUT) == held
    assert bool(found.reasons[0] & Reason.MISSING_INPUT) == (value is None)
    assert found.qualities[0] == (9 if value is None else 3 if held else 1)


def test_a_row_without_a_value_says_why_it_is_missing() -> None:
    found = align(rows((20, None)), np.array([20]), tolerance_us=0, hold_us=0)
    assert found.reasons[0] == Reason.NOT_A_NUMBER | Reason.MISSING_INPUT


def test_a_series_without_rows_is_missing_everywhere() -> None:
    found = align(EMPTY, np.array([1, 2]), tolerance_us=5, hold_us=5)
    assert found.qualities.tolist() == [9, 9]
    assert instants_of([EMPTY, EMPTY]).tolist() == []


def test_of_two_series_the_first_speaks() -> None:
    both = joined(rows((1, 1.0), (3, 3.0)), rows((1, 9.0), (2, 2.0)))
    assert list(zip(both.times.tolist(), both.values.tolist(), strict=True)) == [(1, 1.0), (2, 2.0), (3, 3.0)]


SAID = st.lists(
    st.tuples(st.integers(0, 30), st.none() | st.integers(0, 9).map(float)), max_size=8, unique_by=lambda one: one[0]
)


@given(SAID, st.integers(0, 10), st.integers(0, 20), st.lists(st.integers(0, 40), min_size=1, max_size=5))
def test_it_is_what_one_instant_after_the_other_gives(said: Any, tolerance: int, hold: int, instants: Any) -> None:
    series = rows(*sorted(said))
    found = align(series, np.array(instants), tolerance_us=tolerance, hold_us=hold)
    for index, at in enumerate(instants):
        past = [one for one in sorted(said) if one[0] <= at]
        newest = past[-1] if past and at - past[-1][0] <= tolerance else None
        usable = [one for one in past if one[1] is not None and at - one[0] <= hold]
        expected = newest[1] if newest and newest[1] is not None else usable[-1][1] if usable else None
        assert (None if np.isnan(found.values[index]) else found.values[index]) == expected
