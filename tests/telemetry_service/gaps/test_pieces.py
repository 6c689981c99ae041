"""What becomes of known gaps when part of a series was looked at again."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.gaps.holes import Hole
from telemetry_service.gaps.pieces import Known, Region, merged, plan


def known(start: int, end: int | None, gap_id: int = 1) -> Known:
    return Known(gap_id, start, end, 3, 10, "open")


def hole(start: int, end: int) -> Hole:
    return Hole(start, end, max(round((end - start) / 10) - 1, 1), 10)


def region(start: int, end: int, *holes: Hole) -> Region:
    return Region(start, end, holes)


def test_a_hole_that_nobody_knew_is_fresh() -> None:
    made = plan([], region(0, 100, hole(20, 60)))
    assert (made.kept, made.gone, made.fresh) == ([], [], [(hole(20, 60), None)])


def test_a_gap_that_is_still_there_is_kept() -> None:
    gap = known(20, 60)
    made = plan([gap], region(0, 100, hole(20, 60)))
    assert (made.kept, made.gone, made.fresh) == ([(gap, hole(20, 60))], [], [])


@pytest.mark.parametrize(
    ("left", "kept", "fresh"),
    [
        ([], None, []),  # closed
        ([hole(20, 40)], hole(20, 40), []),  # shrunk from behind
        ([hole(40, 60)], hole(40, 60), []),  # and from the front
        ([hole(20, 40), hole(40, 60)], hole(20, 40), [hole(40, 60)]),  # split
        ([hole(25, 40), hole(45, 60)], hole(25, 40), [hole(45, 60)]),  # split, and shrunk on both sides
    ],
)
def test_readings_came_in_a_gap(left: list[Hole], kept: Hole | None, fresh: list[Hole]) -> None:
    gap = known(20, 60)
    made = plan([gap], region(0, 100, *left))
    assert [one for _, one in made.kept] == ([kept] if kept else [])
    assert made.gone == ([] if kept else [gap])
    assert made.fresh == [(one, gap) for one in fresh]


def test_a_silence_ends_with_the_next_reading() -> None:
    silence = known(20, None)
    made = plan([silence], region(0, 70, hole(20, 70)))
    assert made.kept == [(silence, hole(20, 70))]
    assert plan([silence], region(0, 30)).gone == [silence]


def test_what_lies_outside_of_the_region_stays_a_gap() -> None:
    """The reading at the region's edge came meanwhile: another look will judge what lies beyond it."""
    gap = known(0, 100)
    made = plan([gap], region(40, 60))
    assert [(one.start, one.end) for _, one in made.kept] == [(0, 40)]
    assert [(one.start, one.end) for one, parent in made.fresh if parent is gap] == [(60, 100)]


@pytest.mark.parametrize(
    ("regions", "one"),
    [
        ([region(0, 60, hole(10, 30)), region(60, 90, hole(70, 90))], [region(0, 90, hole(10, 30), hole(70, 90))]),
        ([region(50, 90, hole(70, 90)), region(0, 95, hole(70, 90))], [region(0, 95, hole(70, 90))]),
        ([region(0, 50), region(60, 90)], [region(0, 50), region(60, 90)]),
    ],
)
def test_regions_that_touch_are_one(regions: list[Region], one: list[Region]) -> None:
    assert merged(regions) == one


BOUNDS = st.lists(st.integers(0, 50), min_size=2, max_size=12, unique=True).map(sorted)


@given(BOUNDS, BOUNDS)
def test_after_it_the_gaps_of_the_region_are_its_holes(before: list[int], after: list[int]) -> None:
    """Readings are never lost: what was a gap is a gap, or in pieces, or none."""
    at = [0, *before, 51]
    gaps = [known(start, end, start) for start, end in pairwise(at) if end - start > 5]
    now = sorted({*at, *after})
    left = [hole(start, end) for start, end in pairwise(now) if end - start > 5]
    made = plan(gaps, region(0, 51, *left))
    assert sorted([one for _, one in made.kept] + [one for one, _ in made.fresh]) == left
    assert {gap.id for gap in made.gone} | {gap.id for gap, _ in made.kept} == {gap.id for gap in gaps}
    assert all(gap.start <= one.start and one.end <= (gap.end or 51) for gap, one in made.kept)
