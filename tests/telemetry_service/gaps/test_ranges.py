"""Which stretches are looked at again."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.gaps.ranges import LONGEST, NEAR, Range, ranges

ONE, OTHER = UUID(int=1), UUID(int=2)


def spans(*touched: tuple[int, int], source: UUID = ONE) -> list[tuple[int, int]]:
    return [(one.first, one.last) for one in ranges(Range(source, "a", *span) for span in touched)]


def test_what_lies_near_is_one_stretch_in_any_order() -> None:
    assert spans((NEAR, NEAR + 5), (0, 5)) == [(0, NEAR + 5)]
    assert spans((0, 0), (NEAR + 1, NEAR + 1)) == [(0, 0), (NEAR + 1, NEAR + 1)]


def test_series_are_kept_apart() -> None:
    touched = [Range(ONE, "a", 0, 1), Range(ONE, "b", 0, 1), Range(OTHER, "a", 0, 1)]
    assert ranges(reversed(touched)) == touched


def test_a_long_stretch_is_cut() -> None:
    assert spans((0, LONGEST * 2 + 7)) == [(0, LONGEST), (LONGEST, 2 * LONGEST), (2 * LONGEST, 2 * LONGEST + 7)]


@given(st.lists(st.tuples(st.integers(0, 80), st.integers(0, 40)), min_size=1, max_size=30))
def test_nothing_is_left_out_and_nothing_is_longer_than_it_may_be(parts: list[tuple[int, int]]) -> None:
    touched = [(start * NEAR, (start + length) * NEAR) for start, length in parts]
    found = spans(*touched)
    assert all(any(first <= end <= last for first, last in found) for span in touched for end in span)
    assert all(last - first <= LONGEST for first, last in found)
