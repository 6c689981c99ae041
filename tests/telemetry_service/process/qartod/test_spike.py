from statistics import median
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry_service.process.qartod.spike import Spike, spike

ONE = Spike(2, 5, readings=1)
THREE = Spike(2, 5, readings=3)
PLAIN = Spike(2, 5, usual=0)
FIXTURES = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LISTS = st.lists(st.integers(-50, 50).map(float), min_size=3, max_size=30)


@pytest.mark.parametrize(
    ("values", "flags"),
    [
        ([10, 10, 13, 10, 10], [2, 1, 3, 1, 2]),
        ([10, 10, 7, 10, 10], [2, 1, 3, 1, 2]),
        ([10, 10, 16, 10, 10], [2, 1, 4, 1, 2]),
        ([10, 10, 12, 10, 10], [2, 1, 1, 1, 2]),  # as much as the threshold is not more
        ([10, 10, 20, 20, 20], [2, 1, 1, 1, 2]),  # a step: QARTOD's own figure would flag both of its sides
        ([10, 20, 30, 40, 50], [2, 1, 1, 1, 2]),  # a slope
        ([10, 10, 16, 16, 10], [2, 1, 1, 1, 2]),  # two readings long
        ([10, None, 16, None, 10], [2, 9, 4, 9, 2]),  # neighbours are those with a value
    ],
)
def test_one_reading(hourly: Any, values: Any, flags: list[int]) -> None:
    assert spike(hourly(values), ONE).tolist() == flags


@pytest.mark.parametrize(
    ("values", "flags"),
    [
        ([10, 10, 16, 16, 10, 10], [2, 1, 4, 4, 1, 2]),
        ([10, 10, 16, 14, 17, 10, 10], [2, 1, 4, 3, 4, 1, 2]),
        ([10, 16, 16, 16, 16, 10], [2, 1, 1, 1, 1, 2]),  # four are a new level, for all we know
        ([9, 9, 9, 9, 0, 0, 9, 0, 9, 9, 9], [2, 1, 1, 1, 4, 4, 1, 4, 1, 1, 2]),
        ([5, 8, 11, 20, 14, 17, 20], [2, 1, 1, 4, 1, 1, 2]),  # on a slope: by what it stands out of its neighbours
    ],
)
def test_up_to_three_readings(hourly: Any, values: Any, flags: list[int]) -> None:
    assert spike(hourly(values), PLAIN).tolist() == flags


def test_what_lies_too_far_apart_is_not_judged(hourly: Any) -> None:
    apart = hourly([10, 10, 16, 10, 10], hours=[0, 1, 2, 50, 51])
    assert spike(apart, THREE).tolist() == [2, 1, 2, 2, 2]


def test_on_irregular_times_a_spike_lasts_by_the_clock(hourly: Any) -> None:
    lasting = Spike(2, 5, readings=3, within_s=3600)
    assert spike(hourly([1, 1, 9, 9, 1, 1], [-0.1, 0, 0.1, 0.2, 0.9, 1]), lasting).tolist() == [2, 1, 4, 4, 1, 2]
    assert spike(hourly([1, 1, 9, 9, 1, 1], [-0.1, 0, 0.1, 0.2, 1.1, 1.2]), lasting).tolist() == [2, 1, 1, 1, 1, 2]


def test_a_share_of_the_level_must_be_exceeded_besides(hourly: Any) -> None:
    relative = Spike(2, readings=1, relative=0.5, usual=0)
    assert spike(hourly([10, 14, 10, 10, 16, 10]), relative).tolist() == [2, 1, 1, 1, 3, 2]
    assert spike(hourly([10, 10, 4, 10]), relative).tolist() == [2, 1, 3, 2]
    assert spike(hourly([-10, -10, -14, -10, -4, -10]), relative).tolist() == [2, 1, 1, 1, 3, 2]


def test_readings_that_do_not_count_are_neither_judged_nor_neighbours(hourly: Any) -> None:
    among = np.array([True, True, False, True, True])
    assert spike(hourly([10, 10, -999, 16, 10]), THREE, among=among).tolist() == [2, 1, 2, 4, 2]


def test_what_trembles_has_to_stand_out_of_its_trembling(hourly: Any) -> None:
    trembling = [10, 13, 10, 13, 10, 13, 10, 13]
    assert spike(hourly([*trembling, 22, *trembling]), ONE)[8] == 1
    assert spike(hourly([*trembling, 29, *trembling]), ONE)[8] == 4
    assert spike(hourly([*trembling, 22, *trembling]), Spike(2, 5, readings=1, usual=2))[8] == 4


@pytest.mark.parametrize("values", [[], [1], [1, 9], [1, 9, 1]])
def test_a_series_too_short_for_its_window(hourly: Any, values: list[float]) -> None:
    assert len(spike(hourly(values), Spike(2, readings=12))) == len(values)


def stands_out(values: list[float], place: int, readings: int) -> float:
    """The definition, said slowly. Above all of them, or below."""
    pairs = [
        (values[place - before], values[place + after])
        for before in range(1, readings + 1)
        for after in range(1, readings + 2 - before)
        if place - before >= 0 and place + after < len(values)
    ]
    middle, off = values[place], values[place] - median(values[max(0, place - 2 * readings) : place + 2 * readings + 1])
    return max(
        min(max(middle - max(pair) for pair in pairs), off), min(max(min(pair) - middle for pair in pairs), -off)
    )


@FIXTURES
@given(values=LISTS, readings=st.integers(1, 5))
def test_it_is_the_definition(hourly: Any, values: list[float], readings: int) -> None:
    flags = spike(hourly(values), Spike(2, 5, usual=0, readings=readings, within_s=1e6))
    assert flags[0] == flags[-1] == 2
    for place in range(1, len(values) - 1):
        out = stands_out(values, place, readings)
        assert flags[place] == (4 if out > 5 else 3 if out > 2 else 1)


@FIXTURES
@given(values=LISTS, add=st.integers(-1000, 1000))
def test_neither_the_level_nor_the_sign_nor_the_direction_of_time_matters(
    hourly: Any, values: list[float], add: int
) -> None:
    flags = spike(hourly(values), PLAIN).tolist()
    assert spike(hourly([value + add for value in values]), PLAIN).tolist() == flags
    assert spike(hourly([-value for value in values]), PLAIN).tolist() == flags
    assert spike(hourly(values[::-1]), PLAIN).tolist() == flags[::-1]


@FIXTURES
@given(values=LISTS)
def test_what_only_rises_or_only_falls_has_no_spike(hourly: Any, values: list[float]) -> None:
    assert spike(hourly(sorted(values)), THREE).max() <= 2
