"""A whole configuration: what may be stored, and what is named by its path."""

import json
from pathlib import Path
from typing import Any

import pytest

from shared.point_config.whole import problems_of

CONTRACT = Path(__file__).parents[2] / "contract"
FULL = json.loads((CONTRACT / "point_config_right.json").read_bytes())


@pytest.mark.parametrize("config", [{}, FULL, {"meter_digits": None}, {"pulse_constants": {}}, {"mean_flow": {}}])
def test_what_may_be_stored(config: dict[str, Any]) -> None:
    assert problems_of(config) == []


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"well_deph": 120}, "well_deph"),
        ({"faults": {"flow": "rota"}}, "faults.flow"),
        ({"quality": {"drawdown": {"spike": {}}}}, "quality.drawdown"),
        ({"limits": {"drawdown": [0, 5]}}, "limits.drawdown"),
        ({"faults": {"caudal": "unit_slip"}}, "faults.caudal"),
        ({"faults": ["flow"]}, "faults"),
        ({"pulse_constants": {"totl": {"pulses_per_liter": 1}}}, "pulse_constants.totl"),
        ({"pulse_constants": {"total": {"pulses_per_litre": 1, "pulses_per_liter": 1}}},
         "pulse_constants.total.pulses_per_litre"),
        ({"pulse_constants": {"total": {}}}, "pulse_constants.total.pulses_per_liter"),
        ({"pulse_constants": {"total": {"pulses_per_liter": 0}}}, "pulse_constants.total.pulses_per_liter"),
        ({"pulse_constants": {"total": {"pulses_per_liter": "1000"}}}, "pulse_constants.total.pulses_per_liter"),
        ({"pulse_constants": {"total": {"pulses_per_liter": True}}}, "pulse_constants.total.pulses_per_liter"),
        ({"pulse_constants": {"total": {"pulses_per_liter": float("inf")}}}, "pulse_constants.total.pulses_per_liter"),
        ({"pulse_constants": {"total": {"pulses_per_liter": 10**400}}}, "pulse_constants.total.pulses_per_liter"),
        ({"pulse_constants": {"total": {"pulses_per_liter": 1, "calibration_factor": -1}}},
         "pulse_constants.total.calibration_factor"),
        ({"pulse_constants": {"total": {"pulses_per_liter": 1, "description": 5}}},
         "pulse_constants.total.description"),
        ({"pulse_constants": {"total": {"pulses_per_liter": 1, "description": "\x00"}}},
         "pulse_constants.total.description"),
        ({"pulse_constants": {"total": 1000}}, "pulse_constants.total"),
        ({"pulse_constants": []}, "pulse_constants"),
        ({"well_depth": 0}, "well_depth"),
        ({"pipe_diameter": 150}, "pipe_diameter"),
        ({"sensor_depth": -1}, "sensor_depth"),
        ({"well_depth": 100, "pump_depth": 101}, "pump_depth"),
        ({"well_depth": 100, "sensor_depth": 100.5}, "sensor_depth"),
        ({"level_reading": "pressure"}, "level_reading"),
        ({"level_reading": []}, "level_reading"),
        ({"meter_digits": 2}, "meter_digits"),
        ({"meter_digits": 6.0}, "meter_digits"),
        ({"limits": {"caudal": [0, 1]}}, "limits.caudal"),
        ({"limits": {"flow": [50, 0]}}, "limits.flow"),
        ({"quality": []}, "quality"),
        ({"quality": {"caudal": {}}}, "quality.caudal"),
        ({"quality": {"ph": None}}, "quality.ph"),
        ({"quality": {"ph": {"spikes": {}}}}, "quality.ph.spikes"),
        ({"quality": {"ph": {"spike": 3}}}, "quality.ph.spike"),
        ({"quality": {"ph": {"spike": {"supect": 3}}}}, "quality.ph.spike.supect"),
        ({"quality": {"ph": {"spike": {"suspect": -1}}}}, "quality.ph.spike.suspect"),
        ({"quality": {"ph": {"spike": {"suspect": None}}}}, "quality.ph.spike.suspect"),
        ({"quality": {"ph": {"spike": {"suspect": 2, "fail": 1}}}}, "quality.ph.spike.fail"),
        ({"quality": {"ph": {"spike": {"readings": 2.5}}}}, "quality.ph.spike.readings"),
        ({"quality": {"ph": {"gap": {"suspect_s": 60, "fail_s": 30}}}}, "quality.ph.gap.fail_s"),
        ({"quality": {"ph": {"gap": {"suspect_s": 32 * 86_400}}}}, "quality.ph.gap.suspect_s"),
        ({"quality": {"ph": {"gross_range": {"fail": [9, 1]}}}}, "quality.ph.gross_range.fail"),
        ({"quality": {"ph": {"gross_range": {"fail": [1, 9], "suspect": [0, 5]}}}}, "quality.ph.gross_range.suspect"),
        ({"limits": {"flow": [0]}}, "limits.flow"),
        ({"limits": 3}, "limits"),
        ({"replacement_readings": None}, "replacement_readings"),
        ({"low_cutoff": 0}, "low_cutoff"),
        ({"low_cutoff": 50}, "low_cutoff"),
        ({"level_max": -1}, "level_max"),
        ({"mean_flow": True}, "mean_flow"),
        ({"mean_flow": {"window": 3600}}, "mean_flow.window"),
        ({"mean_flow": {"window_s": 30}}, "mean_flow.window_s"),
        ({"mean_flow": {"window_s": 90_000}}, "mean_flow.window_s"),
        ({"mean_flow": {"window_s": 60.5}}, "mean_flow.window_s"),
        ({"pulse_constants": {"total": {"pulses_per_liter": 2e6}}}, "pulse_constants.total.pulses_per_liter"),
        ({"pulse_constants": {"total": {"pulses_per_liter": 1, "calibration_factor": 0}}},
         "pulse_constants.total.calibration_factor"),
        ({"pulse_constants": {"total": {"pulses_per_liter": 1, "calibration_factor": 101}}},
         "pulse_constants.total.calibration_factor"),
        ({"sensor_depth": 3001}, "sensor_depth"),
        ({"mean_flow": {"window_s": 0}}, "mean_flow.window_s"),
        ({"replacement_readings": 0}, "replacement_readings"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_path(config: dict[str, Any], path: str) -> None:
    found = problems_of(config)
    assert [".".join(one.path) for one in found] == [path]
    assert found[0].problem
    assert found[0].expected


@pytest.mark.parametrize("config", [None, [], "{}", 3])
def test_a_configuration_is_an_object(config: object) -> None:
    assert [one.path for one in problems_of(config)] == [()]


def test_everything_wrong_is_said_at_once() -> None:
    assert len(problems_of({"well_depth": -1, "pump": 3, "limits": {"flow": 1, "level": 2}})) == 4
