from decimal import Decimal
from typing import Any

import pytest

from core_service.catchment.pulses import reading_of, readings_of


@pytest.mark.parametrize(
    ("constant", "liters", "pulses", "m3"),
    [
        ({"pulses_per_liter": 1000}, "0.001", 1_000_000, "1"),
        ({"pulses_per_liter": 100}, "0.01", 100_000, "1"),
        ({"pulses_per_liter": 1000, "calibration_factor": 1.023}, "0.001", 1_000_000, "1.023"),
        ({"pulses_per_liter": 0.001}, "1000", 1, "1"),
        ({"pulses_per_liter": 0.0001}, "10000", 1, "10"),
    ],
)
def test_both_readings(constant: dict[str, Any], liters: str, pulses: int, m3: str) -> None:
    reading = reading_of(constant)
    assert (reading.liters_per_pulse, reading.example_pulses, reading.example_m3) == (
        Decimal(liters),
        pulses,
        Decimal(m3),
    )


def test_the_text_is_for_people() -> None:
    assert reading_of({"pulses_per_liter": 0.001}).text == "1000 litros por pulso; 1 pulsos son 1 m³"


def test_by_variable() -> None:
    assert set(readings_of({"pulse_constants": {"total": {"pulses_per_liter": 1}}})) == {"total"}
    assert readings_of({}) == {}
