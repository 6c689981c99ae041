"""What Core would not store is not supposed either, in the same words."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.errors import FieldError, InvalidInput
from shared.point_config.whole import FAULTS, problems_of
from telemetry_service.process.supposed import check_supposed

FULL = json.loads((Path(__file__).parents[2] / "contract/point_config_right.json").read_bytes())
WRONG: list[dict[str, Any]] = [
    {"well_deph": 120},
    {"pulse_constants": {"total": {}}},
    {"well_depth": 100, "sensor_depth": 100.5},
    {"limits": {"flow": [50, 0]}},
    {"limits": {"drawdown": [0, 50]}},
    {"quality": {"ph": {"spikes": {}}}},
    {"faults": {"flow": "rota"}},
    {"composite": {"flow": {"members": []}}},
    {"virtual_variables": {"x": {"formula": "x + flow", "unit": "L/s"}}},
]


def errors_of(config: dict[str, Any]) -> tuple[FieldError, ...]:
    with pytest.raises(InvalidInput) as raised:
        check_supposed(config)
    return tuple(raised.value.errors)


@pytest.mark.parametrize("config", WRONG)
def test_what_is_wrong_is_said_as_core_says_it(config: dict[str, Any]) -> None:
    (error,) = errors_of(config)
    (problem,) = problems_of(config)
    assert error.field == ".".join(("suppose.config", *problem.path))
    assert (error.problem, error.expected, error.received) == (problem.problem, problem.expected, problem.received)


@pytest.mark.parametrize("config", [{}, FULL, {"meter_digits": None}, {"quality": {"ph": {"spike": {}, "gap": None}}}])
def test_what_core_stores_may_be_supposed(config: dict[str, Any]) -> None:
    check_supposed(config)


def test_everything_wrong_is_said_at_once() -> None:
    assert len(errors_of({"well_depth": -1, "pump": 3, "limits": {"flow": 1, "level": 2}})) == 4


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_that_was_found_may_be_supposed(fault: str) -> None:
    check_supposed({"faults": {"flow": fault}})


@pytest.mark.parametrize(
    ("quality", "path"),
    [
        # Core does not know the kinds: pH is doubtful from 0.1 on, and of a flow no spike is known.
        ({"ph": {"spike": {"fail": 0.01}}}, "ph.spike.fail"),
        ({"flow": {"spike": {}}}, "flow.spike.suspect"),
    ],
)
def test_a_threshold_that_does_not_fit_its_kind_is_named(quality: dict[str, Any], path: str) -> None:
    assert problems_of({"quality": quality}) == []
    (error,) = errors_of({"quality": quality})
    assert error.field == f"suppose.config.quality.{path}"
    assert error.problem
    assert error.expected
