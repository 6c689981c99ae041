"""A well that pumps 0.4 L/s with pulses of ten litres shows 0.40 ± 0.02, never 0 (the seventh invariant)."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.process.instants import Floats, Int64
from telemetry_service.process.mean_flow import mean_flow

MINUTE, HOUR = 60_000_000, 3_600_000_000
TEN_LITRES = 0.01


def volumes(litres: Floats | Int64) -> Floats:
    """What a counter of ten-litre pulses shows of them, in m³."""
    return np.floor(litres / 10) * TEN_LITRES


@given(st.floats(0.4, 5), st.integers(0, 9), st.sampled_from([60, 300, 900]))
def test_a_steady_flow_shows_within_five_percent(flow: float, offset: int, every_s: int) -> None:
    seconds = np.arange(0, 6 * 3600, every_s)
    found = mean_flow(seconds * 1_000_000, volumes(seconds * flow + offset), m3_per_count=TEN_LITRES)
    settled = found.flow[seconds >= 1200]
    assert np.all(np.abs(settled - flow) <= max(0.02, 0.06 * flow))
    assert not found.of_gap.any()


def test_four_tenths_of_a_litre() -> None:
    seconds = np.arange(0, 4 * 3600, 60)
    found = mean_flow(seconds * 1_000_000, volumes(seconds * 0.4), m3_per_count=TEN_LITRES)
    assert np.all(np.abs(found.flow[seconds >= 600] - 0.4) <= 0.02)


def test_before_there_are_counts_or_time_enough_it_is_no_number() -> None:
    seconds = np.arange(0, 3600, 60)
    found = mean_flow(seconds * 1_000_000, volumes(seconds * 0.1), m3_per_count=TEN_LITRES)
    assert np.flatnonzero(np.isnan(found.flow)).tolist() == list(range(20))
    assert np.flatnonzero(found.short).tolist() == list(range(1, 20))


def test_a_stopped_pump_is_none_after_the_longest_window() -> None:
    seconds = np.arange(0, 4 * 3600, 60)
    litres = np.minimum(seconds, 3600) * 0.4
    found = mean_flow(seconds * 1_000_000, volumes(litres), m3_per_count=TEN_LITRES)
    assert np.all(found.flow[seconds > 2 * 3600] == 0)


def test_over_a_gap_it_is_the_mean_of_the_gap() -> None:
    times = np.array([0, HOUR, 11 * HOUR, 12 * HOUR])
    found = mean_flow(times, np.array([0.0, 3.6, 39.6, 43.2]), m3_per_count=TEN_LITRES)
    assert found.flow[1:].tolist() == [1.0, 1.0, 1.0]
    assert found.of_gap.tolist() == [False, False, True, False]
    assert found.window_s[2] == 36_000


def test_behind_a_gap_no_window_reaches_over_it() -> None:
    times = np.array([0, 600 * MINUTE, 610 * MINUTE, 660 * MINUTE])
    found = mean_flow(times, np.array([0.0, 360.0, 360.6, 363.6]), m3_per_count=1.0)
    assert found.first.tolist() == [-1, 0, 1, 1]
    assert np.isnan(found.flow[[0, 2]]).all()
    assert found.flow[[1, 3]].tolist() == [10.0, 1.0]


@pytest.mark.parametrize("late_s", [-60, 0, 60])
def test_an_hour_that_is_a_minute_short_or_long_is_an_hour(late_s: int) -> None:
    times = np.cumsum([0, 3600, 3600 + late_s, 3600 - late_s, 3600]) * 1_000_000
    found = mean_flow(times, times / 1e9, m3_per_count=1.0)
    assert found.first.tolist() == [-1, 0, 1, 2, 3]
    assert not found.of_gap.any()


def test_no_window_reaches_over_another_meter() -> None:
    """What flowed between the last reading of the one and the first of the other nobody counted."""
    meters = np.array([0, 0, 5, 5])
    found = mean_flow(np.arange(4) * HOUR, np.array([0, 3.6, 3.6, 7.2]), m3_per_count=TEN_LITRES, meters=meters)
    assert found.first.tolist() == [-1, 0, -1, 2]
    assert found.flow[[1, 3]].tolist() == [1.0, 1.0]


def test_two_readings_of_one_instant_have_no_window_of_their_own() -> None:
    times, read = np.array([0, HOUR, HOUR, 2 * HOUR]), np.array([0, 3.6, 3.7, 7.2])
    found = mean_flow(times, read, m3_per_count=100.0)
    assert found.window_s[1:].tolist() == [3600, 3600, 3600]


FEEDS = st.lists(st.tuples(st.integers(1, 7200), st.integers(0, 500)), min_size=2, max_size=60)


@given(FEEDS, st.integers(0, 59), st.sampled_from([1.0, 0.01, 1 / 3]))
def test_it_depends_on_a_window_and_the_last_reading_before(
    feed: list[tuple[int, int]], cut: int, factor: float
) -> None:
    times = np.cumsum([step for step, _ in feed]) * 1_000_000
    read = np.cumsum([counts for _, counts in feed]) * factor
    whole = mean_flow(times, read, m3_per_count=factor)
    since = times[min(cut, len(times) - 1)]
    begin = max(int(np.searchsorted(times, since - 1.5 * HOUR, "right")) - 1, 0)
    part = mean_flow(times[begin:], read[begin:], m3_per_count=factor)
    later = times[begin:] > since
    for one, other in ((whole.flow, part.flow), (whole.of_gap, part.of_gap), (whole.short, part.short)):
        np.testing.assert_array_equal(one[begin:][later], other[later])


@pytest.mark.parametrize("count", [0, 1])
def test_one_reading_is_no_flow(count: int) -> None:
    found: Any = mean_flow(np.arange(count) * MINUTE, np.ones(count), m3_per_count=TEN_LITRES)
    assert np.isnan(found.flow).all()
