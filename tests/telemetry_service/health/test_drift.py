"""A device's clock, from when its readings reach us."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.health.drift import Clock, Drift, drift, is_whole_hours

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
LIMIT = 5 * MINUTE


def pushed(*least: timedelta) -> Drift:
    return drift(least, pushed=True, limit=LIMIT)


def polled(*least: timedelta) -> Drift:
    return drift(least, pushed=False, limit=LIMIT)


def test_what_is_pushed_shows_the_error_both_ways() -> None:
    assert pushed(2 * SECOND, 3 * SECOND) == Drift(Clock.RIGHT, 2 * SECOND)
    assert pushed(8 * MINUTE, 9 * MINUTE, 30 * MINUTE) == Drift(Clock.BEHIND, 9 * MINUTE)
    assert pushed(-8 * MINUTE, -7 * MINUTE) == Drift(Clock.AHEAD, -8 * MINUTE)
    assert pushed(5 * MINUTE).clock is Clock.RIGHT
    assert pushed(5 * MINUTE + SECOND).clock is Clock.BEHIND


def test_a_backlog_is_no_clock() -> None:
    """What waited in the device for hours came late; what came at once says how the clock is."""
    assert pushed(SECOND, 2 * SECOND, 7 * HOUR, 30 * HOUR).clock is Clock.RIGHT


def test_one_odd_reading_is_no_clock() -> None:
    assert pushed(-20 * HOUR, SECOND, SECOND, 2 * SECOND) == Drift(Clock.RIGHT, SECOND)


def test_what_is_asked_for_shows_only_that_it_is_ahead() -> None:
    assert polled(40 * MINUTE, 50 * MINUTE, 45 * MINUTE) == Drift(Clock.RIGHT)
    assert polled(-6 * MINUTE, -7 * MINUTE) == Drift(Clock.AHEAD, -7 * MINUTE)
    assert polled(-2 * MINUTE).clock is Clock.RIGHT


@pytest.mark.parametrize("hours", [-4, -3, 3, 4])
def test_whole_hours_are_a_wrong_zone(hours: int) -> None:
    assert pushed(hours * HOUR + 20 * SECOND) == Drift(Clock.ZONE, hours * HOUR + 20 * SECOND)
    assert pushed(hours * HOUR + 20 * MINUTE).clock in {Clock.AHEAD, Clock.BEHIND}


def test_what_is_asked_for_is_of_a_wrong_zone_only_where_it_always_is() -> None:
    assert polled(*[3 * HOUR + n * MINUTE for n in range(6)]).clock is Clock.ZONE
    assert polled(*[3 * HOUR + n * MINUTE for n in range(5)]).clock is Clock.RIGHT  # too few
    assert polled(*[3 * HOUR] * 5, 5 * HOUR).clock is Clock.RIGHT  # not steady
    assert polled(*[100 * MINUTE] * 8).clock is Clock.RIGHT


def test_without_arrivals_nobody_can_say() -> None:
    assert pushed() == polled() == Drift(Clock.RIGHT)


@given(st.lists(st.integers(-100_000, 100_000), min_size=1, max_size=24), st.booleans())
def test_what_is_named_is_beyond_the_limit_and_the_order_changes_nothing(seconds: list[int], by_push: bool) -> None:
    least = [one * SECOND for one in seconds]
    found = drift(least, pushed=by_push, limit=LIMIT)
    assert found == drift(least[::-1], pushed=by_push, limit=LIMIT)
    assert found.clock is Clock.RIGHT or abs(found.by) > LIMIT
    assert found.clock is not Clock.AHEAD or found.by < timedelta(0)
    assert found.clock is not Clock.BEHIND or (found.by > timedelta(0) and by_push)
    assert (found.clock is Clock.ZONE) <= is_whole_hours(found.by)
