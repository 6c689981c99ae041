import pytest

from telemetry_service.sources.findings.units import unknown_unit
from tests.telemetry_service.sources.findings.conftest import evidence, readings, said


@pytest.mark.parametrize("unit", ["", "L/s", "m³/h", "lps"])
def test_a_unit_that_is_known_or_not_said(unit: str) -> None:
    assert list(unknown_unit(evidence({"caudal": "flow"}, readings("caudal", [1], unit=unit)))) == []


def test_a_unit_that_nobody_knows_is_named_with_those_that_are() -> None:
    (found,) = unknown_unit(evidence({"caudal": "flow"}, readings("caudal", [1], unit="gpm")))
    assert said([found]) == [("unknown_unit", "warning", "variables.0.key")]
    assert "gpm" in found.problem
    assert "m3/h" in found.expected


def test_a_counters_unit_is_its_constant() -> None:
    assert list(unknown_unit(evidence({"total": "total"}, readings("total", [1], unit="pulsos")))) == []
