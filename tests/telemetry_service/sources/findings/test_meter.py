from decimal import Decimal
from typing import Any

import pytest

from telemetry_service.sources.findings.evidence import m3_per_count
from telemetry_service.sources.findings.meter import no_meter
from tests.telemetry_service.sources.findings.conftest import evidence, said


@pytest.mark.parametrize("variable", ["total", "pulses"])
def test_a_counter_without_a_constant_makes_no_volume(variable: str) -> None:
    seen = evidence({"k": variable}, m3_per_count=None)
    assert said(no_meter(seen)) == [("no_pulse_constant", "warning", "variables.0.key")]
    assert list(no_meter(evidence({"k": variable}))) == []


def test_a_flow_needs_none() -> None:
    assert list(no_meter(evidence({"k": "flow"}, m3_per_count=None))) == []


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        ({"pulses_per_liter": 0.001, "calibration_factor": 1}, Decimal(1)),
        ({"pulses_per_liter": 0.1}, Decimal("0.01")),
        ({"pulses_per_liter": 1, "calibration_factor": 1.023}, Decimal("0.001023")),
        ({"pulses_per_liter": 0}, None),
        ({"pulses_per_liter": "x"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_the_constant_is_the_points_own(total: Any, expected: Decimal | None) -> None:
    assert m3_per_count({"pulse_constants": {"total": total}}) == expected
    assert m3_per_count({}) is None
