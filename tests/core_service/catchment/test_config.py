from typing import Any

import pytest

from core_service.catchment.config import problems_of

FULL = {
    "pulse_constants": {
        "total": {"pulses_per_liter": 1000, "calibration_factor": 1.023, "description": "Contador total"},
        "flow": {"pulses_per_liter": 500},
    },
    "well_depth": 120.0,
    "pump_depth": 80.0,
    "sensor_depth": 60,
    "pipe_diameter": 0.15,
    "level_reading": "column",
    "meter_digits": 6,
    "limits": {"flow": [0, 50], "level": [0, 100]},
    "replacement_readings": 6,
}


@pytest.mark.parametrize("config", [{}, FULL, {"meter_digits": None}, {"pulse_constants": {}}])
def test_what_may_be_stored(config: dict[str, Any]) -> None:
    assert problems_of(config) == []


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"well_deph": 120}, "well_deph"),
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
        ({"limits": {"flow": [0]}}, "limits.flow"),
        ({"limits": 3}, "limits"),
        ({"replacement_readings": None}, "replacement_readings"),
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
