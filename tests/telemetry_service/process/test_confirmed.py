"""A fault that a person confirmed doubts what it touches, from its date to the next version's, and changes no value."""

from datetime import timedelta
from typing import Any

import numpy as np
import pytest

from telemetry_service.measurements.quality import Quality, reason_names

from .conftest import HOUR, START


@pytest.fixture
def readings(feed: Any) -> Any:
    return feed([50_000 + 10 * hour for hour in range(8)]) + feed([3.0] * 8, "flow") + feed([20.0] * 8, "level")


def marked(outcome: Any) -> dict[str, list[int]]:
    """By variable the hours that are doubtful for this reason."""
    found = {}
    for column in outcome.columns:
        rows = np.flatnonzero([("confirmed_fault" in reason_names(int(bits))) for bits in column.reasons])
        assert all(column.quality[row] >= Quality.SUSPECT for row in rows)
        found[column.variable] = rows.tolist()
    return found


@pytest.mark.parametrize(
    ("faults", "touched"),
    [
        ({}, set()),
        ({"flow": "unit_slip"}, {"flow"}),
        ({"total": "frozen_counter"}, {"total", "volume"}),
        ({"level": "LEVEL_MAX_RESET"}, {"level", "water_table"}),
        # What is made is in doubt with what is read, and not the other way about.
        ({"volume": "unit_slip"}, {"volume"}),
        ({"water_table": "LEVEL_MAX_RESET"}, {"water_table"}),
        ({"volume": "unit_slip", "total": "tenth_scale"}, {"total", "volume"}),
    ],
)
def test_what_a_fault_touches(run: Any, setup: Any, readings: Any, faults: dict[str, str], touched: set[str]) -> None:
    found = marked(run(readings, setups=[setup(faults=faults)]))
    assert {variable for variable, rows in found.items() if rows} == touched
    assert all(found[variable] == list(range(8)) for variable in touched)


def test_it_holds_between_its_dates(run: Any, setup: Any, readings: Any) -> None:
    begin, end = START + 2 * HOUR, START + 5 * HOUR
    setups = [setup(1), setup(2, begin, faults={"flow": "unit_slip"}), setup(3, end)]
    assert marked(run(readings, setups=setups))["flow"] == [2, 3, 4]


def test_no_value_changes(run: Any, setup: Any, readings: Any) -> None:
    plain, doubted = (run(readings, setups=[setup(faults=one)]) for one in ({}, {"total": "tenth_scale"}))
    for one, other in zip(plain.columns, doubted.columns, strict=True):
        assert one.values.tolist() == other.values.tolist()


def test_from_a_checkpoint_on_it_is_what_it_is_from_the_first_row_on(run: Any, setup: Any, feed: Any) -> None:
    hours = 72
    readings = feed([50_000 + 10 * hour for hour in range(hours)]) + feed([3.0] * hours, "flow")
    setups = [setup(1), setup(2, START + 50 * HOUR, faults={"total": "frozen_counter", "flow": "unit_slip"})]
    whole = run(readings, setups=setups)
    start = whole.checkpoints[0]
    rest = run([one for one in readings if one.time > start.at], setups=setups, start=start)
    expected = whole.between(start.at, START + timedelta(days=30))
    for one, other in zip(rest.columns, expected.columns, strict=True):
        assert (one.quality.tolist(), one.reasons.tolist()) == (other.quality.tolist(), other.reasons.tolist())
