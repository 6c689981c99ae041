"""A rule that looks at its neighbours: it says the same of a reading wherever the arrays begin and end."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.instants import MICROSECOND
from telemetry_service.process.judging import judged, reach_of
from telemetry_service.process.segments import Segment
from telemetry_service.process.series import Objection, Reach, Series, ValueRule
from telemetry_service.process.setup import Setup

TWO_MINUTES, MINUTE = timedelta(minutes=2), timedelta(minutes=1)
CHANGES_AT = 4  # the limit of the settings' second version holds from this reading on


def lonely(series: Series, setup: Setup) -> Iterator[Objection]:
    """Doubts what stands higher than all that lies up to two minutes before and one after."""
    gap = series.times[:, None] - series.times[None, :]
    near = (gap <= TWO_MINUTES // MICROSECOND) & (gap >= -(MINUTE // MICROSECOND)) & (gap != 0)
    highest = np.where(near, series.values[None, :], -np.inf).max(axis=1, initial=-np.inf)
    high = series.values > highest + setup.limits["flow"][1]
    yield Objection(high, Quality.SUSPECT, Reason.GLITCH)


def shadowed(series: Series, setup: Setup) -> Iterator[Objection]:
    """Doubts what comes up to a minute after something doubted."""
    gap = series.times[:, None] - series.times[None, :]
    near = (gap > 0) & (gap <= MINUTE // MICROSECOND) & (series.quality > 1)[None, :]
    yield Objection(near.any(axis=1), Quality.FAIL, Reason.NOISE)


RULES = (
    ValueRule(lonely, lambda setup: Reach(TWO_MINUTES, MINUTE) if setup.limits else Reach()),
    ValueRule(shadowed, lambda _: Reach(MINUTE)),
)
SETUPS = (Setup(limits={"flow": (0, 5)}), Setup(limits={"flow": (0, 2)}))


def judge(values: list[int], first: int, last: int) -> Series:
    """The readings from `first` to before `last`, as a pass would see them that knows no other."""
    times = np.arange(len(values), dtype=np.int64) * 60_000_000
    count = last - first
    change = min(max(CHANGES_AT - first, 0), count)
    pieces = [Segment(0, change, SETUPS[0]), Segment(change, count, SETUPS[1])]
    series = Series(
        "flow", times[first:last], np.array(values[first:last], float), np.ones(count, np.int64), np.zeros(count, int)
    )
    return judged(series, [piece for piece in pieces if piece.start < piece.stop], RULES)


@given(st.lists(st.integers(0, 9), min_size=9, max_size=16), st.integers(0, 16), st.integers(0, 16))
def test_what_lies_out_of_reach_changes_nothing(values: list[int], one: int, other: int) -> None:
    first, last = sorted((min(one, len(values)), min(other, len(values))))
    reach = reach_of(SETUPS, RULES)
    before, after = reach.before // MINUTE, reach.after // MINUTE
    whole, part = judge(values, 0, len(values)), judge(values, first, last)
    inner = slice(first + before if first else 0, last - after if last < len(values) else last)
    shifted = slice(inner.start - first, max(inner.stop - first, 0))
    if inner.start < inner.stop:
        assert part.quality[shifted].tolist() == whole.quality[inner].tolist()
        assert part.reasons[shifted].tolist() == whole.reasons[inner].tolist()


def test_reach_adds_up_as_rules_hear_each_other() -> None:
    assert reach_of(SETUPS, RULES) == Reach(TWO_MINUTES + MINUTE, MINUTE)
    assert reach_of([Setup()], RULES) == Reach(MINUTE)


@pytest.mark.parametrize(("values", "doubted"), [([0, 0, 9, 0], [2, 3]), ([0, 0, 0, 0, 3, 0], [4, 5]), ([3, 3], [])])
def test_it_is_asked_with_the_settings_that_hold(values: list[int], doubted: list[int]) -> None:
    found: Any = judge(values, 0, len(values))
    assert np.flatnonzero(found.quality > 1).tolist() == doubted
