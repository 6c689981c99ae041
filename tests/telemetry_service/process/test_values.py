"""Flow, level and whatever else is not a counter."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.readings import number_in

START = datetime(2024, 3, 25, 12, tzinfo=UTC)


@pytest.mark.parametrize("code", ["-2", "-5", "-3200", "-2.0"])
@pytest.mark.parametrize("variable", ["flow", "level", "total"])
def test_scenario_7_status_codes_have_no_value(run: Any, feed: Any, series: Any, code: Any, variable: Any) -> None:
    row = series(run(feed([code], variable)), variable)[0]
    assert (row.value, row.quality, row.reasons) == (None, Quality.FAIL, Reason.LOGGER_STATUS)


def test_two_degrees_below_zero_are_a_temperature(run: Any, feed: Any, series: Any) -> None:
    row = series(run(feed(["-2", "-3200"], "temperature")), "temperature")
    assert [measured.quality for measured in row] == [Quality.GOOD, Quality.FAIL]


@pytest.mark.parametrize("text", ["", "NaN", "inf", "true", "n/a", "1,5", "1_000", "1e400", "9" * 60])
def test_what_is_no_number_is_never_one(run: Any, feed: Any, series: Any, text: Any) -> None:
    row = series(run(feed([text], "flow")), "flow")[0]
    assert (row.value, row.text, row.reasons) == (None, text, Reason.NOT_A_NUMBER)
    assert row.quality is Quality.FAIL


def test_numbers_are_exact() -> None:
    assert str(number_in(" 42.50 ")) == "42.50"


@pytest.mark.parametrize(("value", "quality"), [(-0.1, 4), (0, 1), (50, 1), (50.1, 4)])
def test_both_limits_are_readable_values(
    run: Any, feed: Any, setup: Any, series: Any, value: Any, quality: Any
) -> None:
    outcome = run(feed([value], "flow"), setups=[setup(limits={"flow": [0, 50]})])
    assert series(outcome, "flow")[0].quality == quality


def test_more_than_the_pipe_carries_is_suspect(run: Any, feed: Any, series: Any) -> None:
    rows = series(run(feed([53, 53.1], "flow")), "flow")
    assert [row.reasons for row in rows] == [Reason(0), Reason.ABOVE_PIPE_CEILING]


@pytest.mark.parametrize(("value", "reasons"), [(-0.3, Reason.NEGATIVE | Reason.LOW_CUTOFF), (-22.75, Reason.NEGATIVE)])
def test_negative_flow_is_never_good(run: Any, feed: Any, series: Any, value: Any, reasons: Any) -> None:
    row = series(run(feed([value], "flow")), "flow")[0]
    assert (row.quality, row.reasons) == (Quality.SUSPECT, reasons)


def test_within_the_points_low_cutoff_nothing_flows(run: Any, feed: Any, setup: Any, series: Any) -> None:
    values = [-0.3, 0.3, 0, 0.31, -0.31]
    rows = series(run(feed(values, "flow"), setups=[setup(low_cutoff=0.3)]), "flow")
    assert [row.value for row in rows] == [0, 0, 0, 0.31, -0.31]
    cut = (Quality.GOOD, Reason.LOW_CUTOFF)
    held = (Quality.SUSPECT, Reason.NEGATIVE | Reason.LOW_CUTOFF)
    assert [(row.quality, row.reasons) for row in rows] == [cut, cut, (1, Reason(0)), (1, Reason(0)), held]


def test_the_low_cutoff_has_dates(run: Any, feed: Any, setup: Any, series: Any) -> None:
    setups = [setup(1), setup(2, valid_from=START + timedelta(hours=1), low_cutoff=0.5)]
    rows = series(run(feed([-0.3, -0.3], "flow"), setups=setups), "flow")
    assert [(row.value, row.quality) for row in rows] == [(-0.3, Quality.SUSPECT), (0, Quality.GOOD)]


def test_depth_is_what_the_column_leaves(run: Any, feed: Any, setup: Any, series: Any) -> None:
    outcome = run(feed([0.9], "level"), setups=[setup(sensor_depth=60.3)])
    assert series(outcome, "water_table")[0].value == 59.4
    as_read = run(feed([12.5], "level"), setups=[setup(level_reading="depth", sensor_depth=None)])
    assert series(as_read, "water_table")[0].value == 12.5


def test_without_a_sensor_depth_the_table_is_not_evaluated(run: Any, feed: Any, setup: Any, series: Any) -> None:
    row = series(run(feed([0.9], "level"), setups=[setup(sensor_depth=None)]), "water_table")[0]
    assert (row.value, row.quality, row.reasons) == (None, Quality.NOT_EVALUATED, Reason.NO_SENSOR_DEPTH)


def test_a_doubtful_level_makes_a_doubtful_table(run: Any, feed: Any, setup: Any, series: Any) -> None:
    outcome = run(feed([150], "level"), setups=[setup(limits={"level": [0, 100]})])
    row = series(outcome, "water_table")[0]
    assert row.quality is Quality.FAIL
    assert row.reasons == Reason.OUT_OF_RANGE | Reason.NEGATIVE


def test_scenario_11_last_months_measurement_keeps_last_months_offset(
    run: Any, feed: Any, setup: Any, series: Any
) -> None:
    changed_at = START + timedelta(hours=2)
    setups = [setup(1), setup(2, valid_from=changed_at, sensor_depth=55.0)]
    rows = series(run(feed([1, 1, 1], "level"), setups=setups), "water_table")
    assert [(row.value, row.config_version) for row in rows] == [(59, 1), (59, 1), (54, 2)]


def test_unknown_variables_are_kept_as_read(run: Any, feed: Any, series: Any) -> None:
    assert series(run(feed(["7.2"], "ph")), "ph")[0].value == 7.2
