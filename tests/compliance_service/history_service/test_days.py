from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance_service.history.days import NoSuchDay, bounds, first_day, read_day

NOW = datetime(2026, 5, 18, 3, 59, tzinfo=UTC)  # still the 17th in winter time


@pytest.mark.parametrize("text", ["2026-05-17", "2024-11-17", "2025-02-28"])
def test_a_day_of_the_last_18_months_is_shown(text: str) -> None:
    assert read_day(text, now=NOW) == date.fromisoformat(text)


@pytest.mark.parametrize(
    "text",
    ["2026-05-18", "2024-11-16", "2026-02-29", "17-05-2026", "20260517", "2026-5-17", "", "hoy", "2026-05-17T00:00"],
)
def test_what_is_no_day_or_lies_outside_is_said(text: str) -> None:
    with pytest.raises(NoSuchDay, match="fecha"):
        read_day(text, now=NOW)


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (date(2026, 8, 31), date(2025, 2, 28)),
        (date(2025, 8, 30), date(2024, 2, 29)),
        (date(2026, 6, 30), date(2024, 12, 30)),
        (date(2026, 7, 1), date(2025, 1, 1)),
    ],
)
def test_18_months_ago_is_a_day_that_exists(today: date, first: date) -> None:
    assert first_day(today) == first


@given(st.dates(date(2021, 1, 1), date(2099, 12, 31)))
def test_18_months_are_between_545_and_550_days(today: date) -> None:
    assert 545 <= (today - first_day(today)).days <= 550


def test_every_day_has_24_hours_on_the_nights_of_the_clock_change_too() -> None:
    for day in (date(2026, 4, 4), date(2026, 9, 5)):
        start, end = bounds(day)
        assert end - start == timedelta(hours=24)
        assert start.astimezone(UTC).hour == 4
