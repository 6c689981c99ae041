from typing import Any

import numpy as np
import pytest

from telemetry_service.process.qartod.rate_of_change import RateOfChange, rate_of_change

TWO = RateOfChange(2, 5, usual=0)


@pytest.mark.parametrize(
    ("values", "flags"),
    [
        ([10, 12, 10, 10], [2, 1, 1, 1]),  # as fast as the threshold is not faster
        ([10, 13, 13, 13], [2, 3, 1, 1]),
        ([13, 10, 10, 16], [2, 3, 1, 4]),
        ([10, None, 13, 20], [2, 9, 1, 4]),  # three in two hours
        ([None, 10, 20], [9, 2, 4]),
        ([], []),
    ],
)
def test_the_reading_that_jumped_is_flagged(hourly: Any, values: Any, flags: list[int]) -> None:
    assert rate_of_change(hourly(values), TWO).tolist() == flags


def test_by_the_hour_whatever_the_sampling(hourly: Any) -> None:
    assert rate_of_change(hourly([10, 11, 14, 14.5], [0, 0.25, 1.75, 2]), TWO).tolist() == [2, 3, 1, 1]


def test_two_readings_at_nearly_one_time_are_no_torrent(hourly: Any) -> None:
    second = 1 / 3600
    assert rate_of_change(hourly([10, 10.03], [0, second]), TWO).tolist() == [2, 1]
    assert rate_of_change(hourly([10, 10.09], [0, second]), TWO).tolist() == [2, 4]
    assert rate_of_change(hourly([10, 10.03], [0, second]), RateOfChange(2, shortest_s=1, usual=0)).tolist() == [2, 3]


def test_over_a_long_gap_nothing_is_judged(hourly: Any) -> None:
    assert rate_of_change(hourly([10, 90, 90, 90], [0, 6, 12.001, 13]), TWO).tolist() == [2, 4, 2, 1]


def test_the_reading_that_comes_back_from_a_spike_is_not_blamed(hourly: Any) -> None:
    series = hourly([10, 10, 40, 11, 11])
    assert rate_of_change(series, TWO).tolist() == [2, 1, 4, 4, 1]
    among = np.array([True, True, False, True, True])
    assert rate_of_change(series, TWO, among=among).tolist() == [2, 1, 4, 1, 1]


def test_what_rises_all_day_has_to_jump_out_of_its_rise(hourly: Any) -> None:
    rising = [3.0 * hour for hour in range(8)]
    limits = RateOfChange(4, 5)
    assert rate_of_change(hourly([*rising, 30, 33, 36]), limits).max() == 2
    assert rate_of_change(hourly([*rising, 42, 45, 48]), limits).tolist() == [2, *[1] * 7, 4, 1, 1]


def test_a_series_too_short_to_know_its_usual_rate(hourly: Any) -> None:
    assert rate_of_change(hourly([1, 9]), RateOfChange(2, 5)).tolist() == [2, 4]
