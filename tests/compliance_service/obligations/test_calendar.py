from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance_service.obligations.calendar import EARLY_LOOKS, RHYTHMS, before, first_look, next_look, slots
from shared.clock import REGULATOR_TIME

SLOT = datetime(2024, 5, 13, 14, tzinfo=UTC)


def local(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=REGULATOR_TIME)  # type: ignore[misc,arg-type]  # year, month, day …


def test_hours_begin_with_the_first_full_one_and_end_before_the_end() -> None:
    found = list(slots("hour", start=local(2024, 3, 25, 13, 30), end=local(2024, 3, 25, 16)))
    assert found == [local(2024, 3, 25, 14), local(2024, 3, 25, 15)]


@pytest.mark.parametrize(("start", "end"), [((2024, 4, 6), (2024, 4, 8)), ((2024, 9, 7), (2024, 9, 9))])
def test_the_nights_on_which_chile_changes_its_clocks_have_their_24_hours(start: tuple[int], end: tuple[int]) -> None:
    assert len(list(slots("hour", start=local(*start), end=local(*end)))) == 48


@pytest.mark.parametrize(
    ("every", "start", "end", "expected"),
    [
        ("day", (2024, 2, 28, 1), (2024, 3, 2), [(2024, 2, 29), (2024, 3, 1)]),
        ("month", (2023, 11, 2), (2024, 2, 2), [(2023, 12, 1), (2024, 1, 1), (2024, 2, 1)]),
        ("half_year", (2023, 3, 1), (2024, 8, 1), [(2023, 7, 1), (2024, 1, 1), (2024, 7, 1)]),
    ],
)
def test_slower_standards(every: str, start: tuple[int], end: tuple[int], expected: list[tuple[int]]) -> None:
    assert list(slots(every, start=local(*start), end=local(*end))) == [local(*parts) for parts in expected]


@pytest.mark.parametrize("every", ["hour", "day", "month", "half_year"])
@given(days=st.integers(0, 900), cut=st.integers(0, 900))
def test_made_in_two_parts_they_are_the_same(every: str, days: int, cut: int) -> None:
    start = local(2023, 1, 1)
    middle, end = start + timedelta(days=min(days, cut) / 10), start + timedelta(days=days)
    whole = list(slots(every, start=start, end=end))
    parts = [*slots(every, start=start, end=min(middle, end)), *slots(every, start=min(middle, end), end=end)]
    assert parts == whole


def test_data_that_are_late_are_looked_for_often_then_hourly_then_daily() -> None:
    at, looks = first_look(SLOT), []
    while at < SLOT + timedelta(days=3):
        looks.append(at - SLOT)
        at = next_look(SLOT, at)
    hours = [timedelta(hours=hour, minutes=2) for hour in range(1, 27)]
    assert looks[: len(EARLY_LOOKS)] == list(EARLY_LOOKS)
    assert looks[len(EARLY_LOOKS) : len(EARLY_LOOKS) + len(hours)] == hours
    assert looks[len(EARLY_LOOKS) + len(hours) :] == [timedelta(days=2, minutes=2)]


@given(st.timedeltas(timedelta(0), timedelta(days=400)))
def test_the_next_look_lies_ahead(age: timedelta) -> None:
    assert next_look(SLOT, SLOT + age) > SLOT + age


@pytest.mark.parametrize(("every", "step"), [("minute", 1), ("5_minutes", 5), ("10_minutes", 10), ("30_minutes", 30)])
def test_minutes_are_those_of_the_hour(every: str, step: int) -> None:
    start = datetime(2024, 4, 7, 2, 58, 30, tzinfo=UTC)  # the night in which Chile's clocks go back
    found = list(slots(every, start=start, end=start + timedelta(hours=6)))
    assert len(found) == 360 // step
    assert {(later - earlier) for earlier, later in pairwise(found)} == {timedelta(minutes=step)}
    assert all(slot.minute % step == 0 and slot.second == 0 for slot in found)
    assert start <= found[0] < start + timedelta(minutes=step)


@pytest.mark.parametrize("every", RHYTHMS)
def test_the_slot_before_is_the_one_that_was_due_before(every: str) -> None:
    """Over 29 February, the ends of months and years, and the nights on which Chile changes its clocks."""
    start = datetime(2024, 2, 28, 4, tzinfo=UTC)
    days = 2 if "minute" in every else 900
    due = list(slots(every, start=start, end=start + timedelta(days=days)))
    assert [before(every, slot) for slot in due[1:]] == due[:-1]
    assert all(before(every, slot.astimezone(UTC)) < slot for slot in due)
