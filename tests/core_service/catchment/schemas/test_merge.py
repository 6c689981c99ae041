from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core_service.catchment.schemas.merge import deep_merge

VALUES = st.none() | st.integers(0, 3) | st.lists(st.integers(0, 3), max_size=2)
CONFIGS = st.recursive(
    st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3),
    lambda inner: st.dictionaries(st.sampled_from("abc"), VALUES | inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("base", "own", "merged"),
    [
        ({"a": 1, "b": 2}, {"b": 3, "c": 4}, {"a": 1, "b": 3, "c": 4}),
        ({"a": {"x": 1, "y": 2}}, {"a": {"y": 3}}, {"a": {"x": 1, "y": 3}}),
        ({"a": [0, 50]}, {"a": [0, 20]}, {"a": [0, 20]}),
        ({"a": {"x": 1}}, {"a": 5}, {"a": 5}),
        ({"a": 5}, {"a": {"x": 1}}, {"a": {"x": 1}}),
        ({"a": 1, "b": {"x": 1, "y": 2}}, {"a": None, "b": {"x": None}}, {"b": {"y": 2}}),
        ({}, {"a": {"x": None}}, {"a": {}}),
    ],
)
def test_members_are_merged_and_all_else_replaced(base: Any, own: Any, merged: Any) -> None:
    assert deep_merge(base, own) == merged


@given(CONFIGS, CONFIGS)
def test_what_is_said_twice_changes_nothing_and_nothing_said_neither(base: Any, own: Any) -> None:
    once = deep_merge(base, own)
    assert deep_merge(once, own) == once
    assert deep_merge(base, {}) == base


@given(CONFIGS, CONFIGS)
def test_neither_is_changed(base: Any, own: Any) -> None:
    before = (repr(base), repr(own))
    deep_merge(base, own)
    assert (repr(base), repr(own)) == before
