"""A well that pumps 0.4 L/s with pulses of ten litres shows 0.40 ± 0.02, never 0 (the seventh invariant)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.process.mean_flow import mean_flow

MINUTE, HOUR = 60_000_000, 3_600_000_000
TEN_LITRES = 0.01


def volumes(litres: "np.ndarray[tuple[int], np.dtype[np.float64]]") -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """What a counter of ten-litre pulses shows of them, in m³."""
    return np.floor(litres / 10) * TEN_LITRES


@given(st.floats(0.4, 5), st.integers(0, 9), st.sampled_from([60, 300, 900]))
def test_a_steady_flow_shows_within_five_percent(flow: float, offset: int, every_s: int) -> None:
    seconds = np.arange(0, 6 * 3600, every_s)
    found = mean_flow(seconds * 1_000_000, volumes(seconds * flow + offset), m3_per_count=TEN_LITRES)
    settled = found.flow[seconds >= 3600]
    assert np.all(np.abs(settled - flow) <= max(0.02, 0.06 * flow))
    assert not found.of_gap.any()


def test_four_tenths_of_a_litre() -> None:
    seconds = np.arange(0, 4 * 3600, 60)
    found = mean_flow(seconds * 1_000_000, volumes(seconds * 0.4), m3_per_count=TEN_LITRES)
    assert np.all(np.abs(found.flow[seconds >= 600] - 0.4) <= 0.02)


def test_a_stopped_pump_is_none_after_the_longest_window() -> None:
    seconds = np.arange(0, 4 * 3600, 60)
    litres = np.minimum(seconds, 3600) * 0.4
    found = mean_flow(seconds * 1_000_000, volumes(litres), m3_per_count=TEN_LITRES)
    assert np.all(found.flow[seconds > 2 * 3600] == 0)


def test_over_a_gap_it_is_the_mean_of_the_gap() -> None:
    times = np.array([0, HOUR, 11 * HOUR, 12 * HOUR])
    found = mean_flow(times, np.array([0.0, 3.6, 39.6, 43.2]), m3_per_count=TEN_LITRES)
    assert found.flow[1:] == pytest.approx([1.0, 1.0, 1.0])
    assert found.of_gap.tolist() == [False, False, True, False]
    assert found.window_s[2] == 36_000


@pytest.mark.parametrize("count", [0, 1])
def test_one_reading_is_no_flow(count: int) -> None:
    found = mean_flow(np.arange(count) * MINUTE, np.ones(count), m3_per_count=TEN_LITRES)
    assert np.isnan(found.flow).all()
