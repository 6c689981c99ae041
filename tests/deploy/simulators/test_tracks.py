from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.simulators.times import FOREVER, iso_ms, read_ms, read_spans
from deploy.simulators.tracks import EMPTY, Track, columns

PLAIN = Track(times=[10, 20, 30, 40], values=[1, 2, 3, 4])
# Made at 10, 20, 30; the second came at 35, and the third says it is of 90.
ODD = Track(times=[10, 20, 90], values=[1, 2, 3], seen=[10, 35, 30], lead_ms=60)

rows = st.lists(st.tuples(st.integers(0, 50), st.integers(0, 80), st.integers()), max_size=40)


def times(track: Track, *span: int, **how: int) -> list[int]:
    return [time for time, _ in track.between(*span, **how)]


@pytest.mark.parametrize(
    ("span", "found"),
    [((10, 40, 99), [10, 20, 30]), ((11, 41, 99), [20, 30, 40]), ((0, 99, 30), [10, 20, 30]), ((0, 99, 9), [])],
)
def test_a_span_is_half_open_and_ends_now(span: tuple[int, int, int], found: list[int]) -> None:
    assert times(PLAIN, *span) == found


def test_pages_from_either_end() -> None:
    assert times(PLAIN, 0, 99, 99, limit=2) == [10, 20]
    assert times(PLAIN, 0, 99, 99, limit=2, newest_first=True) == [40, 30]
    assert times(PLAIN, 0, 99, 99, limit=2, skip=1, newest_first=True) == [30, 20]
    assert times(PLAIN, 0, 99, 99, skip=3) == [40]


@pytest.mark.parametrize(("now", "latest"), [(9, None), (10, (10, 1)), (29, (10, 1)), (30, (90, 3)), (99, (90, 3))])
def test_what_came_counts_whatever_time_it_says(now: int, latest: tuple[int, int] | None) -> None:
    assert ODD.latest(now) == latest


def test_what_came_late_is_missing_until_then() -> None:
    assert times(ODD, 0, 99, 34) == [10, 90]
    assert times(ODD, 0, 99, 35) == [10, 20, 90]
    assert ODD.seen_at(20) == 35


def test_arrivals_are_in_the_order_of_coming() -> None:
    assert ODD.arrivals(0, 99) == [(10, 10, 1), (30, 90, 3), (35, 20, 2)]
    assert ODD.arrivals(11, 35) == [(30, 90, 3)]
    assert PLAIN.arrivals(20, 40) == [(20, 20, 2), (30, 30, 3)]


def test_a_provider_forgets_what_is_old() -> None:
    forgetful = replace(PLAIN, kept_ms=15)
    assert times(forgetful, 0, 99, 40) == [30, 40]
    assert times(forgetful, 35, 99, 40) == [40]
    assert times(forgetful, 0, 99, 10) == [10]


def test_what_is_written_is_there_at_once() -> None:
    track = PLAIN.plus([(25, 9), (500, 8)], now=30)
    assert times(track, 0, FOREVER, 29) == [10, 20]
    assert track.between(0, FOREVER, 30) == [(10, 1), (20, 2), (25, 9), (30, 3), (500, 8)]
    assert EMPTY.plus([(5, "abierta")], now=7).latest(7) == (5, "abierta")


@given(rows, st.integers(0, 90), st.integers(1, 7), st.booleans())
def test_pages_are_the_whole(found: list[tuple[int, int, int]], now: int, size: int, newest_first: bool) -> None:
    track = Track(unit="", **columns(sorted(found, key=lambda row: row[0])))
    whole = track.between(0, 99, now, newest_first=newest_first)
    paged = [
        point
        for skip in range(0, len(found) + 1, size)
        for point in track.between(0, 99, now, newest_first=newest_first, skip=skip, limit=size)
    ]
    assert paged == whole
    assert sorted(whole) == sorted((time, value) for time, seen, value in found if seen <= now)


@given(rows, st.lists(st.integers(0, 90), min_size=1).map(sorted))
def test_every_reading_arrives_once(found: list[tuple[int, int, int]], steps: list[int]) -> None:
    track = Track(**columns(sorted(found, key=lambda row: row[0])))
    ends = [0, *steps, 99]
    came = [row for start, end in pairwise(ends) for row in track.arrivals(start, end)]
    assert sorted((time, seen, value) for seen, time, value in came) == sorted(found)
    assert [seen for seen, _, _ in came] == sorted(seen for seen, _, _ in came)


def test_instants_as_text() -> None:
    assert read_ms("2024-05-13T10:00:00-04:00") == 1715608800000
    assert iso_ms(1715608800000) == "2024-05-13T14:00:00.000Z"
    assert read_spans([["2024-05-13T14:00:00Z", None], [None, "2024-05-13T14:00:00Z"]]) == (
        (1715608800000, FOREVER),
        (-FOREVER, 1715608800000),
    )
    with pytest.raises(ValueError, match="no zone"):
        read_ms("2024-05-13T10:00:00")
