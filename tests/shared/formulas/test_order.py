from collections.abc import Collection, Mapping
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.formulas.order import in_order, ring_in

NAMES = st.sampled_from("abcdef")


@pytest.mark.parametrize(
    ("needs", "ring"),
    [
        ({}, None),
        ({"a": ["b"], "b": ["c"]}, None),
        ({"a": ["a"]}, ["a", "a"]),
        ({"a": ["b"], "b": ["a"]}, ["a", "b", "a"]),
        ({"x": ["a"], "a": ["b"], "b": ["flow", "c"], "c": ["a"]}, ["a", "b", "c", "a"]),
        ({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, None),
    ],
)
def test_a_ring_is_named(needs: Mapping[str, Collection[str]], ring: list[str] | None) -> None:
    assert ring_in(needs) == ring


def test_a_long_chain_is_no_deep_recursion() -> None:
    needs = {number: [number + 1] for number in range(20_000)}
    assert ring_in(needs) is None
    assert in_order(needs)[0] == 19_999


@given(st.dictionaries(NAMES, st.lists(NAMES, max_size=3)))
def test_in_order_or_a_ring_that_is_one(needs: dict[str, list[str]]) -> None:
    ring = ring_in(needs)
    if ring:
        assert ring[0] == ring[-1]
        assert all(after in needs[before] for before, after in pairwise(ring))
    else:
        order = in_order(needs)
        assert sorted(order) == sorted(needs)
        assert all(order.index(need) < order.index(one) for one in order for need in needs[one] if need in needs)
