"""The plan keeps each rule of pacing, and says what the sender will do."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance_service.authorities.dga.pacing import PACE
from compliance_service.submissions.plan import FRESH, Owed, Planned, drained_at, plan, turn

NOON = datetime(2024, 5, 13, 16, tzinfo=UTC)
MINUTE, HOUR, DAY, WEEK = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1), timedelta(days=7)
PAUSE = 5 * MINUTE


def hours(first: int, count: int, *, ready: datetime = NOON) -> list[Owed]:
    """`count` hours that end `first` hours before noon."""
    times = [NOON - (first + n) * HOUR for n in range(count)]
    return [Owed(slot, max(ready, slot + 2 * MINUTE), slot + WEEK) for slot in times]


def to_come(every: timedelta = HOUR) -> Iterator[Owed]:
    slot = NOON + every
    while True:
        yield Owed(slot, slot + 2 * MINUTE, slot + WEEK)
        slot += every


def planned(owed: list[Owed], *, arriving: bool = False, free_at: datetime | None = None) -> list[Planned]:
    found = plan(owed, arriving=to_come() if arriving else (), free_at=free_at, pace=PACE, now=NOON)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("minutes", "first"), [((0, 60, 120), 0), ((59, 60, 120), 59), ((60, 120), 120), ((61,), 61), ((0,), 0)]
)
def test_the_freshest_goes_first_else_the_oldest(minutes: tuple[int, ...], first: int) -> None:
    assert turn([NOON - n * MINUTE for n in minutes], now=NOON) == NOON - first * MINUTE


def test_one_hour_that_is_owed_alone_goes_at_once() -> None:
    assert planned(hours(5, 1)) == [Planned(NOON - 5 * HOUR, NOON, NOON - 5 * HOUR + WEEK)]


def test_a_backlog_goes_in_the_order_of_its_hours_five_minutes_apart() -> None:
    found = planned(hours(2, 12))
    assert [one.slot_at for one in found] == sorted(one.slot_at for one in found)
    assert [one.at for one in found] == [NOON + n * PAUSE for n in range(12)]


def test_a_work_that_sent_a_moment_ago_waits_for_its_turn() -> None:
    assert planned(hours(2, 1), free_at=NOON + 3 * MINUTE)[0].at == NOON + 3 * MINUTE
    assert planned(hours(2, 1), free_at=NOON - DAY)[0].at == NOON


def test_a_retry_waits_for_its_day_and_holds_nobody_up() -> None:
    retry = [Owed(NOON - 30 * HOUR, NOON + DAY, NOON + WEEK)]
    found = planned(retry + hours(2, 2))
    assert [one.at for one in found] == [NOON, NOON + PAUSE, NOON + DAY]


def test_a_fresh_hour_overtakes_the_backlog() -> None:
    """Twelve sends an hour, one of which is the new hour's."""
    found = planned(hours(2, 24), arriving=True)
    assert found[-1].at == NOON + 24 * PAUSE
    at = [one.at for one in found]
    assert all(later - earlier >= PAUSE for earlier, later in pairwise(at))
    assert NOON + HOUR + PAUSE not in at


def test_it_says_which_hours_come_too_late() -> None:
    owed = [Owed(NOON - n * HOUR, NOON, NOON + n * MINUTE) for n in range(12, 1, -1)]
    assert [one.slot_at for one in planned(owed) if one.is_late] == [NOON - n * HOUR for n in range(9, 1, -1)]


def test_what_grows_faster_than_it_is_sent_has_no_end() -> None:
    assert plan(hours(100, 50), arriving=to_come(2 * MINUTE), free_at=None, pace=PACE, now=NOON) is None


def test_a_year_of_hours_is_planned() -> None:
    found = planned(hours(2, 8760), arriving=True)
    assert len(found) == 8760
    assert timedelta(days=33) < found[-1].at - NOON < timedelta(days=34)  # eleven of twelve turns an hour


owed_lists = st.lists(
    st.builds(
        lambda hour, wait: Owed(NOON - hour * HOUR, NOON + wait * MINUTE, NOON + WEEK),
        st.integers(0, 80),
        st.integers(0, 90),
    ),
    unique_by=lambda one: one.slot_at,
    max_size=40,
)


@given(owed_lists, st.integers(-20, 20))
def test_every_rule_is_kept(owed: list[Owed], free: int) -> None:
    free_at = NOON + free * MINUTE
    found = planned(owed, arriving=True, free_at=free_at)
    ready = {one.slot_at: one.ready_at for one in owed}
    assert sorted(one.slot_at for one in found) == sorted(ready)
    for n, one in enumerate(found):
        assert one.at >= max(NOON, free_at, ready[one.slot_at])
        waiting = [later.slot_at for later in found[n + 1 :] if ready[later.slot_at] <= one.at]
        if waiting:
            assert turn([one.slot_at, *waiting], now=one.at) == one.slot_at
            assert found[n + 1].at - one.at >= PAUSE
    assert all(earlier.at <= later.at for earlier, later in pairwise(found))


def test_fresh_is_an_hour() -> None:
    assert FRESH == HOUR


@pytest.mark.parametrize(
    ("owed", "minutes"),
    [
        ([], 0),
        ([1], 0),
        ([10], 45),
        ([10, 3, 0], 45),
        ([10, 10], 45 + 1 / 60),
        ([2] * 600, 1199 / 60),
        ([1] * 60, 59 / 60),
    ],
)
def test_together_works_are_gone_no_sooner_than_their_pauses_and_the_gap_allow(owed: list[int], minutes: float) -> None:
    at = drained_at(owed, pause=timedelta(minutes=5), gap=timedelta(seconds=1), now=NOON)
    assert (at - NOON).total_seconds() == pytest.approx(minutes * 60, abs=0.01)
