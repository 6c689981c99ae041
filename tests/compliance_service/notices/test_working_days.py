"""Chile's holidays against the laws that make them, and the days that are counted between."""

import json
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance_service.notices.working_days import FILE, UnknownYear, holidays, is_working_day, last_day_to_tell

YEARS = range(2024, 2031)
DAY = timedelta(days=1)
MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = range(5)


def easter(year: int) -> date:
    """Gauss's way, where the file was made by another."""
    a, b, c = year % 19, year % 4, year % 7
    century = year // 100
    m = (15 - (13 + 8 * century) // 25 + century - century // 4) % 30
    n = (4 + century - century // 4) % 7
    d = (19 * a + m) % 30
    e = (2 * b + 4 * c + 6 * d + n) % 7
    if d == 29 and e == 6:
        return date(year, 4, 19)
    if d == 28 and e == 6 and (11 * m + 11) % 30 < 19:
        return date(year, 4, 18)
    return date(year, 3, 22) + (d + e) * DAY


def names(year: int) -> dict[str, date]:
    return {name: day for day, name in holidays().items() if day.year == year}


@pytest.mark.parametrize("year", YEARS)
def test_fixed_holidays_are_there_every_year(year: int) -> None:
    fixed = [(1, 1), (5, 1), (5, 21), (7, 16), (8, 15), (9, 18), (9, 19), (11, 1), (12, 8), (12, 25)]
    assert all(date(year, month, day) in holidays() for month, day in fixed)


@pytest.mark.parametrize("year", YEARS)
def test_easter_is_where_the_moon_puts_it(year: int) -> None:
    assert names(year)["Viernes Santo"] == easter(year) - 2 * DAY
    assert names(year)["Sábado Santo"] == easter(year) - DAY


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize(
    ("name", "month", "day"), [("San Pedro y San Pablo", 6, 29), ("Encuentro de Dos Mundos", 10, 12)]
)
def test_two_holidays_move_to_a_monday(year: int, name: str, month: int, day: int) -> None:
    legal, kept = date(year, month, day), names(year)[name]
    if legal.weekday() in (TUESDAY, WEDNESDAY, THURSDAY, FRIDAY):
        assert kept.weekday() == MONDAY
        assert (kept < legal) is (legal.weekday() != FRIDAY)
        assert abs((kept - legal).days) <= 3
    else:
        assert kept == legal


@pytest.mark.parametrize("year", YEARS)
def test_the_31st_of_october_moves_to_a_friday(year: int) -> None:
    legal, kept = date(year, 10, 31), names(year)["Iglesias Evangélicas y Protestantes"]
    moves = {TUESDAY: -4 * DAY, WEDNESDAY: 2 * DAY}
    assert kept == legal + moves.get(legal.weekday(), timedelta(0))
    assert legal.weekday() not in moves or kept.weekday() == FRIDAY


@pytest.mark.parametrize("year", YEARS)
def test_the_days_around_independence_follow_the_week(year: int) -> None:
    before, after = date(year, 9, 17), date(year, 9, 20)
    assert (before in holidays()) is (before.weekday() in (MONDAY, FRIDAY))
    assert (after in holidays()) is (after.weekday() == FRIDAY)


def test_every_holiday_names_its_law_and_is_there_once() -> None:
    rows = json.loads(FILE.read_text())
    assert all(row["source"].startswith(("Ley ", "Código")) and row["name"] for row in rows)
    dates = [row["date"] for row in rows]
    assert dates == sorted(set(dates))
    assert {int(text[:4]) for text in dates} == set(YEARS)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 9, 17), True),
        (date(2026, 9, 18), False),
        (date(2026, 9, 19), False),
        (date(2026, 9, 20), False),
        (date(2026, 9, 21), True),
        (date(2027, 9, 17), False),
        (date(2024, 9, 20), False),
        (date(2026, 4, 4), False),
    ],
)
def test_neither_weekends_nor_holidays_are_working_days(day: date, works: bool) -> None:
    assert is_working_day(day) is works


@pytest.mark.parametrize(
    ("planned", "tell_by"),
    [
        (date(2026, 3, 31), date(2026, 3, 9)),  # without a holiday in between: sixteen weekdays back
        (date(2026, 4, 30), date(2026, 4, 8)),
        (date(2026, 10, 8), date(2026, 9, 15)),  # over the 18th, a Friday
        (date(2024, 10, 10), date(2024, 9, 13)),  # over the 18th, 19th and 20th
        (date(2026, 3, 29), date(2026, 3, 6)),  # a Sunday is planned for
    ],
)
def test_fifteen_working_days_pass_between(planned: date, tell_by: date) -> None:
    assert last_day_to_tell(planned, working_days=15) == tell_by


@given(st.dates(date(2024, 3, 1), date(2030, 12, 31)), st.integers(1, 30))
def test_the_last_day_is_a_working_one_and_no_later_one_would_do(planned: date, count: int) -> None:
    told = last_day_to_tell(planned, working_days=count)
    between = [told + n * DAY for n in range(1, (planned - told).days)]
    assert is_working_day(told)
    assert sum(is_working_day(day) for day in between) == count


def test_a_holiday_that_was_added_counts() -> None:
    added = date(2026, 3, 20)
    assert last_day_to_tell(date(2026, 3, 31), working_days=15, more=[added]) == date(2026, 3, 6)


@pytest.mark.parametrize("planned", [date(2031, 5, 2), date(2024, 1, 3)])
def test_a_year_that_nobody_knows_is_said(planned: date) -> None:
    with pytest.raises(UnknownYear, match="feriados"):
        last_day_to_tell(planned, working_days=15)
