"""Which stretches without readings are holes, and which are not."""

from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.gaps.holes import CONTEXT, Hole, holes, rhythm_at_end
from telemetry_service.gaps.rhythm import NEIGHBOURS, Rhythms, Said

MINUTE = 60_000_000
HOUR = 60 * MINUTE
NOTHING_SAID = Rhythms()
HOURLY = Rhythms([Said(0, HOUR)])


def at(*steps: int) -> list[int]:
    """Times from the steps between them."""
    return list(accumulate(steps, initial=1000 * HOUR))


def found(*steps: int, rhythms: Rhythms = NOTHING_SAID) -> list[tuple[int, int]]:
    """(length in minutes, missing) of each hole."""
    return [((hole.end - hole.start) // MINUTE, hole.missing) for hole in holes(at(*steps), rhythms)]


def test_a_missing_reading_is_a_hole_and_a_late_one_is_not() -> None:
    regular = [HOUR] * 5
    assert found(*regular, 2 * HOUR, *regular) == [(120, 1)]
    assert found(*regular, HOUR + 30 * MINUTE, *regular) == []
    assert found(*regular, HOUR + 31 * MINUTE, *regular) == [(91, 1)]
    assert found(*regular, 10 * HOUR, *regular) == [(600, 9)]


def test_the_bounds_are_the_readings_around_it() -> None:
    times = at(*[HOUR] * 4, 3 * HOUR, *[HOUR] * 4)
    assert list(holes(times, NOTHING_SAID)) == [Hole(times[4], times[5], 2, HOUR)]


@pytest.mark.parametrize(
    "steps",
    [
        [MINUTE * one for one in (58, 62, 61, 59, 75, 45, 60, 60, 60)],  # jitter
        [HOUR + 2_000_000] * 20,  # a clock that drifts
        [HOUR - 1_000_000, 1_000_000] * 10,  # each twice
        [15 * MINUTE] * 20 + [HOUR] * 20,  # seldom from some moment on
        [HOUR] * 20 + [15 * MINUTE] * 20,  # often from some moment on
        [15 * MINUTE] * 12 + [7 * MINUTE, 8 * MINUTE] + [15 * MINUTE] * 12,  # its clock was set back
        [HOUR, 3 * HOUR],  # nobody knows its rhythm yet
        [1 * HOUR, 3 * HOUR, 9 * HOUR, 2 * HOUR, 27 * HOUR, 81 * HOUR],  # it has none
        [],
    ],
)
def test_none_of_these_is_a_hole(steps: list[int]) -> None:
    assert found(*steps) == []


def test_a_slower_rhythm_is_a_hole_until_it_shows() -> None:
    assert found(*[15 * MINUTE] * 12, HOUR) == [(60, 3)]
    assert found(*[15 * MINUTE] * 12, HOUR, HOUR) == [(60, 3), (60, 3)]
    assert found(*[15 * MINUTE] * 12, HOUR, HOUR, HOUR) == []
    assert rhythm_at_end(at(*[15 * MINUTE] * 12, HOUR, HOUR, HOUR), NOTHING_SAID) == HOUR


def test_a_hole_at_the_change_of_rhythm_is_judged_by_the_slower() -> None:
    assert found(*[15 * MINUTE] * 12, 5 * HOUR, *[HOUR] * 12) == [(300, 4)]


def test_a_rhythm_that_was_said_holds_from_the_first_reading_on() -> None:
    assert found(5 * HOUR, rhythms=HOURLY) == [(300, 4)]
    assert found(*[15 * MINUTE] * 8, HOUR, rhythms=HOURLY) == []


def test_the_tolerance_is_what_was_said() -> None:
    loose = Rhythms([Said(0, HOUR, 300)])
    assert found(3 * HOUR, rhythms=loose) == []
    assert found(3 * HOUR + 1, rhythms=loose) == [(180, 2)]


def test_what_is_said_of_a_date_changes_nothing_before_it() -> None:
    times = at(*[HOUR] * 5, 5 * HOUR, *[HOUR] * 5, 5 * HOUR, *[HOUR] * 5)
    from_half = Rhythms([Said(times[8], 5 * HOUR)])
    assert [hole.start for hole in holes(times, from_half)] == [times[5]]


def test_the_rhythm_after_the_newest_reading() -> None:
    assert rhythm_at_end(at(*[HOUR] * 5), NOTHING_SAID) == HOUR
    assert rhythm_at_end(at(HOUR), NOTHING_SAID) is None
    assert rhythm_at_end(at(), HOURLY) == HOUR


STEPS = st.lists(st.sampled_from([1, 15, 15, 15, 16, 30, 60, 60, 60, 61, 120, 600]), min_size=1, max_size=120)


@given(STEPS, st.data())
def test_a_part_with_its_context_shows_what_the_whole_shows(steps: list[int], data: st.DataObject) -> None:
    times = at(*(step * MINUTE for step in steps))
    touched = data.draw(st.integers(0, len(times) - 1))
    start, end = max(0, touched - CONTEXT), touched + 1 + CONTEXT
    part, first = times[start:end], max(touched - 1 - NEIGHBOURS - start, 0)
    last = min(touched + NEIGHBOURS + 1 - start, len(part) - 1)
    whole = {hole for hole in holes(times, NOTHING_SAID) if part[first] <= hole.start and hole.end <= part[last]}
    assert set(holes(part, NOTHING_SAID, first=first, last=last)) == whole


@given(STEPS, st.integers(0, 119))
def test_a_late_reading_bears_on_its_neighbours_only(steps: list[int], which: int) -> None:
    times = at(*(step * MINUTE for step in steps))
    late = which % len(times)
    without = [*times[:late], *times[late + 1 :]]
    near = set(times[max(0, late - 1 - NEIGHBOURS) : late + 2 + NEIGHBOURS])
    before, after = set(holes(without, NOTHING_SAID)), set(holes(times, NOTHING_SAID))
    assert all(hole.start in near and hole.end in near for hole in before ^ after)
