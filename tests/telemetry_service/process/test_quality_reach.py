"""A late row changes what lies within reach of it and nothing else, with every quality test switched on."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry_service.process.instants import MICROSECOND, Int64
from telemetry_service.process.judging import judged, reach_of
from telemetry_service.process.qartod.flat_line import FlatLine
from telemetry_service.process.qartod.gap import Gap
from telemetry_service.process.qartod.gross_range import GrossRange
from telemetry_service.process.qartod.rate_of_change import RateOfChange
from telemetry_service.process.qartod.spike import Spike
from telemetry_service.process.qartod.thresholds import Thresholds
from telemetry_service.process.segments import segments
from telemetry_service.process.series import Series
from telemetry_service.process.setup import Setup

HOUR, HOUR_S = 3_600_000_000, 3600.0
BASE = Thresholds(
    GrossRange((0, 9), (1, 8)),
    Spike(1, 3, readings=2, within_s=3 * HOUR_S, usual=0),
    RateOfChange(1.5, 4, longest_s=2 * HOUR_S, usual=0),
    FlatLine(2 * HOUR_S, 3 * HOUR_S, readings=3),
    Gap(1.5 * HOUR_S, 3 * HOUR_S),
)
LEARNING = Thresholds(BASE.gross_range, Spike(1, within_s=2 * HOUR_S), RateOfChange(1, longest_s=HOUR_S))
SETUPS = st.sampled_from([Setup(thresholds={"level": one}) for one in (BASE, LEARNING)])
# Hours from one reading to the next, and its value; 11 is out of range, none is a time without a value.
STEPS = st.lists(st.tuples(st.sampled_from([0.25, 1, 1, 1, 2, 5]), st.none() | st.integers(0, 11)), max_size=80)


def series(steps: Any) -> Series:
    times = np.cumsum(np.array([int(hours * HOUR) for hours, _ in steps], np.int64))
    values = np.array([np.nan if value is None else value for _, value in steps], np.float64)
    return Series("level", times, values, np.ones(len(steps), np.int64), np.zeros(len(steps), np.int64))


def judge(unjudged: Series, setup: Setup) -> Series:
    return judged(unjudged, segments(unjudged.times, [setup]))


def take(whole: Series, rows: "np.ndarray[Any, np.dtype[np.bool_]]") -> Series:
    return Series(whole.variable, *(column[rows] for column in whole[1:]))


def said(of: Series, rows: Any) -> list[tuple[int, int]]:
    quality: Int64 = of.quality[rows]
    return list(zip(quality.tolist(), of.reasons[rows].tolist(), strict=True))


@settings(deadline=None, max_examples=150)
@given(steps=STEPS, setup=SETUPS, place=st.integers(0, 79))
def test_a_late_row_changes_nothing_out_of_reach(steps: Any, setup: Setup, place: int) -> None:
    whole = series(steps)
    if not steps:
        return
    late = min(place, len(steps) - 1)
    others = np.arange(len(steps)) != late
    with_it, without = judge(whole, setup), judge(take(whole, others), setup)
    reach, apart = reach_of([setup]), whole.times - whole.times[late]
    untouched = others & ((apart > reach.before // MICROSECOND) | (apart < -(reach.after // MICROSECOND)))
    assert said(with_it, untouched) == said(without, untouched[others])


@settings(deadline=None, max_examples=150)
@given(steps=STEPS, setup=SETUPS, begin=st.integers(0, 79), length=st.integers(1, 40))
def test_a_window_with_its_reach_around_it_is_judged_as_in_the_whole(
    steps: Any, setup: Setup, begin: int, length: int
) -> None:
    whole = series(steps)
    inner = slice(begin, begin + length)
    if not len(whole.times[inner]):
        return
    reach = reach_of([setup])
    first, last = whole.times[inner][0], whole.times[inner][-1]
    near = (whole.times >= first - reach.before // MICROSECOND) & (whole.times <= last + reach.after // MICROSECOND)
    part = judge(take(whole, near), setup)
    inside = (part.times >= first) & (part.times <= last)
    assert said(part, inside) == said(judge(whole, setup), inner)


@settings(deadline=None, max_examples=50)
@given(steps=STEPS, setup=SETUPS)
def test_nothing_is_imputed_and_only_what_no_test_objects_to_is_good(steps: Any, setup: Setup) -> None:
    whole = series(steps)
    found = judge(whole, setup)
    assert np.array_equal(found.values, whole.values, equal_nan=True)
    doubted = (found.reasons & ~(1 << 25)) != 0  # a gap before it is told and doubts nothing
    assert np.array_equal(doubted, found.quality > 1)
