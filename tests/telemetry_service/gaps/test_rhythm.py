"""The rhythm of a device, from the differences between its readings."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.gaps.rhythm import AGREEING, Rhythms, Said, usual

HOUR = 3600


@pytest.mark.parametrize(
    ("differences", "rhythm"),
    [
        ([], None),
        ([HOUR, HOUR], None),  # two may be chance
        ([HOUR] * 3, HOUR),
        ([HOUR, 2 * HOUR, HOUR, 3 * HOUR, HOUR], HOUR),  # every other is lost
        ([900, 1800, 900, 2700, 1800, 900, 5400, 1800, 900, 3600, 900, 1800], 900),  # half are lost
        ([3598, 2, 3598, 2, 3598, 2, 3598], 3598),  # each is sent twice
        ([HOUR, HOUR, 1380, 2220, HOUR, HOUR], HOUR),  # one more between two
        ([58, 61, 63, 59, 60, 62, 60], 60),  # jitter
        ([100, 200, 400, 800, 1600, 3200], None),  # no rhythm at all
        ([0, 0, 0, 0, HOUR, HOUR, HOUR], HOUR),
    ],
)
def test_what_most_agree_on_is_the_rhythm(differences: list[int], rhythm: int | None) -> None:
    assert usual(differences) == rhythm


@given(st.integers(60, 86_400), st.integers(3, 12), st.data())
def test_neither_jitter_nor_drift_splits_it(rhythm: int, count: int, data: st.DataObject) -> None:
    slack = rhythm // 20
    jitter = data.draw(st.lists(st.integers(-slack, slack), min_size=count, max_size=count))
    found = usual([rhythm + one for one in jitter])
    assert found is not None
    assert abs(found - rhythm) <= slack


@given(st.lists(st.integers(0, 100_000), max_size=12), st.integers(0, 9))
def test_the_order_of_the_differences_changes_nothing(differences: list[int], seed: int) -> None:
    shuffled = list(differences)
    random.Random(seed).shuffle(shuffled)
    assert usual(shuffled) == usual(differences)


@given(st.lists(st.integers(1, 100_000), max_size=12))
def test_it_is_one_of_the_differences_and_never_shorter_than_the_shortest(differences: list[int]) -> None:
    found = usual(differences)
    assert found is None or found in differences
    assert found is None or len(differences) >= AGREEING


def test_what_was_said_holds_from_its_date_on() -> None:
    rhythms = Rhythms([Said(200, 60, 200), Said(100, HOUR)])
    assert [rhythms.at(time).cadence for time in (99, 100, 199, 200, 9999)] == [None, HOUR, HOUR, 60, 60]
    assert (rhythms.at(100).tolerance, rhythms.at(200).tolerance) == (150, 200)
