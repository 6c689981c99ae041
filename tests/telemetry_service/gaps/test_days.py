"""What of a hole falls on which local day."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.gaps.days import (
    DAY,
    ZONES,
    Loss,
    begin_of,
    day_of,
    days_between,
    instant,
    loss_on,
    micros,
    today_begins,
)
from telemetry_service.gaps.pieces import Known

SECOND = 1_000_000
HOUR = 3600 * SECOND
CHILE, REGULATOR = ZONES["santiago"], ZONES["utc-4"]


def utc(*parts: int) -> int:
    return micros(datetime(*parts, tzinfo=UTC))  # type: ignore[misc, arg-type] # a date and a time


def span(start: int, end: int | None, missing: int, cadence: int = HOUR) -> Known:
    return Known(1, start, end, missing, cadence, "open")


@pytest.mark.parametrize(
    ("day", "begins", "hours"),
    [
        (date(2026, 1, 2), (2026, 1, 2, 3), 24),  # summer: UTC-3
        (date(2026, 7, 1), (2026, 7, 1, 4), 24),
        (date(2026, 4, 4), (2026, 4, 4, 3), 25),  # 23:00 comes twice
        (date(2026, 9, 6), (2026, 9, 6, 4), 23),  # 00:00 does not come
    ],
)
def test_a_day_in_chile(day: date, begins: tuple[int, ...], hours: int) -> None:
    assert begin_of(day, CHILE) == utc(*begins)
    assert begin_of(day + DAY, CHILE) - begin_of(day, CHILE) == hours * HOUR
    assert begin_of(day, REGULATOR) == utc(day.year, day.month, day.day, 4)


def test_the_days_of_the_two_zones_begin_at_different_times_in_summer() -> None:
    now = datetime(2026, 1, 2, 3, 30, tzinfo=UTC)
    assert today_begins(now) == {"santiago": utc(2026, 1, 2, 3), "utc-4": utc(2026, 1, 1, 4)}


def test_missing_readings_fall_on_the_day_on_which_they_were_due() -> None:
    hole = span(utc(2026, 7, 1, 2), utc(2026, 7, 1, 8), 5)  # 22:00 to 04:00; 23:00, 00:00 … 03:00 are missing
    losses = [loss_on(date(2026, 7, day), [hole], CHILE, today=0) for day in (29 - 28, 30)]
    assert losses[0] == Loss(4, 4 * HOUR)
    assert loss_on(date(2026, 6, 30), [hole], CHILE, today=0) == Loss(1, 2 * HOUR)
    assert losses[1] == Loss()


def test_the_longest_is_of_one_hole() -> None:
    first, second = span(utc(2026, 7, 1, 5), utc(2026, 7, 1, 7), 1), span(utc(2026, 7, 1, 9), utc(2026, 7, 1, 12), 2)
    assert loss_on(date(2026, 7, 1), [first, second], CHILE, today=0) == Loss(3, 3 * HOUR)


def test_a_silence_takes_every_day_that_is_over_and_nothing_of_today() -> None:
    silence, today = span(utc(2026, 7, 1, 16), None, 0), utc(2026, 7, 4, 4)
    found = [loss_on(date(2026, 7, day), [silence], CHILE, today=today) for day in (1, 2, 3, 4, 5)]
    assert [loss.missing for loss in found] == [11, 24, 24, 0, 0]
    assert found[1].longest == 24 * HOUR


@given(
    start=st.integers(0, 10_000),
    length=st.integers(1, 20_000),
    missing=st.integers(1, 500),
    zone=st.sampled_from(sorted(ZONES)),
)
def test_every_missing_reading_is_counted_on_one_day(start: int, length: int, missing: int, zone: str) -> None:
    begin = utc(2026, 3, 1) + start * 977 * SECOND
    hole = span(begin, begin + length * 613 * SECOND, missing)
    days = days_between(begin, begin + length * 613 * SECOND, ZONES[zone])
    assert sum(loss_on(day, [hole], ZONES[zone], today=0).missing for day in days) == missing


@given(st.integers(0, 10**15), st.sampled_from(sorted(ZONES)))
def test_an_instant_lies_in_its_day(at: int, zone: str) -> None:
    day = day_of(at, ZONES[zone])
    assert begin_of(day, ZONES[zone]) <= at < begin_of(day + DAY, ZONES[zone])
    assert micros(instant(at)) == at
    assert timedelta(hours=22) < (begin_of(day + DAY, ZONES[zone]) - begin_of(day, ZONES[zone])) * timedelta(
        microseconds=1
    )
