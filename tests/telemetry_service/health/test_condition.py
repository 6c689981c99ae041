"""Whether a device speaks, by the times of its own readings."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.health.condition import ORDER, Condition, Judged, Newest, judge
from telemetry_service.health.limits import USUAL, Limits, changed

NOW = datetime(2026, 1, 10, 12, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LONG_AGO = NOW - 365 * DAY


def judged(
    *ages: timedelta | None, period: timedelta = HOUR, ahead: timedelta = timedelta(0), limits: Limits = USUAL
) -> Judged:
    names = ("flow", "level", "total")
    variables = {name: Newest(None if age is None else NOW - age) for name, age in zip(names, ages, strict=False)}
    return judge(variables, period=period, known_since=LONG_AGO, limits=limits, now=NOW, ahead=ahead)


@pytest.mark.parametrize(
    ("age", "condition"),
    [
        (timedelta(0), "online"),
        (2 * HOUR, "online"),
        (2 * HOUR + timedelta(seconds=1), "late"),
        (24 * HOUR, "late"),
        (24 * HOUR + timedelta(seconds=1), "offline"),
        (400 * DAY, "offline"),
        (None, "never"),
        (-3 * HOUR, "online"),
    ],
)
def test_the_thresholds(age: timedelta | None, condition: str) -> None:
    assert judged(age).condition == condition


def test_a_device_that_measures_seldom_is_offline_after_six_of_its_periods() -> None:
    assert judged(5 * DAY, period=DAY).condition is Condition.LATE
    assert judged(6 * DAY + MINUTE, period=DAY).condition is Condition.OFFLINE


def test_the_freshest_variable_speaks_for_the_device() -> None:
    assert judged(30 * DAY, HOUR).condition is Condition.ONLINE
    assert judged(30 * DAY, HOUR).newest_at == NOW - HOUR


def test_since_when_is_when_the_time_ran_out() -> None:
    assert judged(3 * HOUR).since == NOW - HOUR
    assert judged(30 * HOUR).since == NOW - 6 * HOUR
    assert judged(HOUR).since is None


def test_a_variable_that_is_silent_for_a_day_while_its_siblings_speak_is_stale() -> None:
    assert judged(HOUR, DAY, DAY + MINUTE).stale == ("total",)
    assert judged(5 * HOUR, 2 * DAY).stale == ("level",)  # also of a device that is late
    assert judged(2 * DAY, 3 * DAY).stale == ()  # offline is not stale
    assert judged(None, None).stale == ()


def test_a_variable_that_never_spoke_is_stale_too_once_it_had_its_time() -> None:
    variables = {"flow": Newest(NOW), "level": Newest(None)}
    said = {"period": HOUR, "limits": USUAL, "now": NOW}
    assert judge(variables, known_since=NOW - 2 * DAY, **said).stale == ("level",)  # type: ignore[arg-type]
    assert judge(variables, known_since=NOW - HOUR, **said).stale == ()  # type: ignore[arg-type] # of mixed kinds


def test_a_variable_that_is_measured_once_a_day_is_not_stale_after_one() -> None:
    variables = {"flow": Newest(NOW), "battery": Newest(NOW - 30 * HOUR, DAY)}
    assert judge(variables, period=HOUR, known_since=LONG_AGO, limits=USUAL, now=NOW).stale == ()


def test_readings_of_a_clock_that_is_ahead_are_older_than_they_say() -> None:
    assert judged(HOUR, ahead=5 * HOUR).condition is Condition.LATE
    assert judged(-20 * HOUR, ahead=22 * HOUR).condition is Condition.ONLINE
    assert judged(HOUR, ahead=30 * HOUR).condition is Condition.OFFLINE


def test_limits_are_what_somebody_said_and_else_as_usual() -> None:
    limits = changed(USUAL, {"offline_s": 3600, "offline_periods": 1, "late_periods": None})
    assert judged(3 * HOUR, period=HOUR, limits=limits).condition is Condition.OFFLINE
    assert (limits.late_periods, limits.stale_s) == (USUAL.late_periods, USUAL.stale_s)


AGES = st.none() | st.integers(-100, 10_000).map(lambda minutes: minutes * MINUTE)


@given(st.lists(AGES, min_size=1, max_size=3), st.integers(1, 3000), st.integers(0, 3000))
def test_time_alone_never_makes_it_better(ages: list[timedelta | None], period: int, later: int) -> None:
    now = judged(*ages, period=period * MINUTE)
    then = judged(*(None if age is None else age + later * MINUTE for age in ages), period=period * MINUTE)
    assert ORDER.index(then.condition) >= ORDER.index(now.condition)
    assert set(then.stale) <= {"flow", "level", "total"}
    assert (now.condition is Condition.NEVER) == all(age is None for age in ages)


@given(st.lists(AGES, min_size=1, max_size=3), st.integers(1, 3000))
def test_an_offline_device_has_no_stale_variables_and_a_fresh_one_is_not_stale(
    ages: list[timedelta | None], period: int
) -> None:
    found = judged(*ages, period=period * MINUTE)
    freshest = min((age for age in ages if age is not None), default=None)
    if found.condition in {Condition.OFFLINE, Condition.NEVER}:
        assert found.stale == ()
    for name, age in zip(("flow", "level", "total"), ages, strict=False):
        assert not (age == freshest and name in found.stale) or age is None
