from itertools import pairwise
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry_service.process.qartod.flat_line import FlatLine, flat_line

HOURS = 3600
FLAT = FlatLine(3 * HOURS, 6 * HOURS)
FIXTURES = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize(
    ("values", "flags"),
    [
        ([5, 5, 5, 6], [1, 1, 1, 1]),
        ([4, 5, 5, 5, 5, 6], [1, 3, 3, 3, 3, 1]),  # every one of them, not only from the fourth on
        ([5, 5, 5, 5, 5, 5, 5], [4] * 7),
        ([5, 5, None, 5, 6], [3, 3, 9, 3, 1]),
        ([5, 5.1, 5, 5.1, 5], [1] * 5),
        ([], []),
        ([5], [1]),
    ],
)
def test_as_long_as_the_threshold(hourly: Any, values: Any, flags: list[int]) -> None:
    assert flat_line(hourly(values), FLAT).tolist() == flags


def test_within_the_tolerance_all_of_the_run_and_not_from_one_reading_to_the_next(hourly: Any) -> None:
    near = FlatLine(3 * HOURS, tolerance=0.5)
    assert flat_line(hourly([5, 5.5, 5, 5.25, 6]), near).tolist() == [3, 3, 3, 3, 1]
    assert flat_line(hourly([5, 5.5, 6, 6.5, 7, 7.5]), near).tolist() == [1] * 6  # it creeps


def test_by_the_clock_whatever_the_sampling(hourly: Any) -> None:
    assert flat_line(hourly([5, 5, 5, 5, 6], [0, 0.5, 1, 2.9, 3]), FLAT).tolist() == [1] * 5
    assert flat_line(hourly([5, 5, 5, 6], [0, 0.5, 3, 3.5]), FLAT).tolist() == [3, 3, 3, 1]


def test_two_readings_a_day_apart_are_no_flat_line(hourly: Any) -> None:
    assert flat_line(hourly([5, 5, 6], [0, 24, 25]), FLAT).tolist() == [1, 1, 1]


def test_a_pump_that_stands_still_may_be_flat(hourly: Any) -> None:
    idle = FlatLine(3 * HOURS, idle=0)
    assert flat_line(hourly([0, 0, 0, 0, 0, 7, 7, 7, 7]), idle).tolist() == [1] * 5 + [3] * 4


def in_some_run(values: list[int], hours: list[int], place: int, limits: FlatLine, seconds: float) -> bool:
    """The definition, said slowly."""
    return any(
        max(values[first : last + 1]) - min(values[first : last + 1]) <= limits.tolerance
        and (hours[last] - hours[first]) * HOURS >= seconds
        and last - first + 1 >= limits.readings
        and max((after - before for before, after in pairwise(hours[first : last + 1])), default=0) * HOURS <= seconds
        for first in range(place + 1)
        for last in range(place, len(values))
    )


@FIXTURES
@given(
    steps=st.lists(st.tuples(st.integers(1, 4), st.integers(0, 3)), min_size=1, max_size=25),
    tolerance=st.integers(0, 2),
    readings=st.integers(1, 6),
)
def test_it_is_the_definition(hourly: Any, steps: Any, tolerance: int, readings: int) -> None:
    hours = [sum(step for step, _ in steps[: place + 1]) for place in range(len(steps))]
    values = [value for _, value in steps]
    limits = FlatLine(3 * HOURS, 6 * HOURS, tolerance=tolerance, readings=readings)
    flags = flat_line(hourly(values, hours), limits)
    for place, flag in enumerate(flags):
        fails = in_some_run(values, hours, place, limits, 6 * HOURS)
        doubtful = in_some_run(values, hours, place, limits, 3 * HOURS)
        assert flag == (4 if fails else 3 if doubtful else 1)
