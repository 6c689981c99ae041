"""Fewer points that draw the same line."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.measurements import thinning

Pair = tuple[int, float]


def _thinned(method: Callable[..., Any], pairs: list[Pair], most: int) -> list[Pair]:
    xs, ys = np.array([x for x, _ in pairs], np.int64), np.array([y for _, y in pairs], np.float64)
    return [pairs[place] for place in method(xs, ys, most=most)]


def largest_triangles(pairs: list[Pair], *, most: int) -> list[Pair]:
    return _thinned(thinning.largest_triangles, pairs, most)


def extremes(pairs: list[Pair], *, most: int) -> list[Pair]:
    return _thinned(thinning.extremes, pairs, most)


series = st.lists(
    st.tuples(st.integers(0, 10_000), st.floats(-1e9, 1e9)), min_size=0, max_size=300, unique_by=lambda pair: pair[0]
).map(sorted)


@pytest.mark.parametrize("thin", [largest_triangles, extremes])
@given(pairs=series, most=st.integers(4, 60))
def test_what_is_left_was_there_in_order_and_not_too_much(thin: object, pairs: list[Pair], most: int) -> None:
    kept = thin(pairs, most=most)  # type: ignore[operator]  # one of the two
    assert len(kept) <= most
    assert kept == sorted(set(kept))
    assert set(kept) <= set(pairs)
    if pairs:
        assert (kept[0], kept[-1]) == (pairs[0], pairs[-1])


@given(series, st.integers(4, 60))
def test_no_peak_is_lost(pairs: list[Pair], most: int) -> None:
    kept = [value for _, value in extremes(pairs, most=most)]
    assert (min(kept, default=0), max(kept, default=0)) == (
        min((value for _, value in pairs), default=0),
        max((value for _, value in pairs), default=0),
    )


@given(series, st.integers(3, 60))
def test_triangles_keep_as_many_as_they_may(pairs: list[Pair], most: int) -> None:
    assert len(largest_triangles(pairs, most=most)) == min(len(pairs), most)


def test_a_spike_in_a_flat_line_stays() -> None:
    pairs = [(x, 0.0) for x in range(1000)]
    pairs[612] = (612, 5.0)
    assert (612, 5.0) in largest_triangles(pairs, most=10)
    assert (612, 5.0) in extremes(pairs, most=8)


def test_a_gap_stays_empty() -> None:
    pairs = [(x, 1.0) for x in [*range(100), *range(900, 1000)]]
    assert not [x for x, _ in extremes(pairs, most=80) if 100 <= x < 900]


def test_triangles_by_hand() -> None:
    """Buckets [1, 2] and [3, 4]: the mean of the second is (3.5, 2), so 2 spans more with 0 than 1; then 4 with 2."""
    pairs = [(0, 0.0), (1, 1.0), (2, 5.0), (3, 0.0), (4, 4.0), (5, 0.0)]
    assert largest_triangles(pairs, most=4) == [(0, 0.0), (2, 5.0), (3, 0.0), (5, 0.0)]
