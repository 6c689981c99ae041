import pytest

from telemetry_service.sources.findings.negative import negative
from tests.telemetry_service.sources.findings.conftest import evidence, readings, said


@pytest.mark.parametrize("value", ["-2", "-5", "-3200", "-0.1"])
@pytest.mark.parametrize("variable", ["flow", "level", "total", "pulses"])
def test_a_logger_reports_its_state_below_zero(variable: str, value: str) -> None:
    found = negative(evidence({"k": variable}, readings("k", [3, value])))
    assert said(found) == [("status_code", "warning", "variables.0.key")]


@pytest.mark.parametrize(("variable", "values"), [("flow", [-2, 3]), ("temperature", [-4]), ("flow", [])])
def test_what_is_no_status_code(variable: str, values: list[int]) -> None:
    assert list(negative(evidence({"k": variable}, readings("k", values)))) == []
