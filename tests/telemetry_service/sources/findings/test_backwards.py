from telemetry_service.sources.findings.backwards import backwards
from tests.telemetry_service.sources.findings.conftest import evidence, readings, said


def test_a_counter_that_went_back_is_shown_where() -> None:
    (found,) = backwards(evidence({"total": "total"}, readings("total", [5, 9, 2, 3, 1])))
    assert said([found]) == [("total_backwards", "warning", "variables.0.key")]
    assert found.problem == "«total» baja 2 veces: de 9 a 2 a las 10:00 UTC"


def test_one_that_goes_on_or_stands_is_well() -> None:
    assert list(backwards(evidence({"total": "pulses"}, readings("total", [5, 5, 6])))) == []


def test_a_status_code_is_no_reading_of_the_counter() -> None:
    assert list(backwards(evidence({"total": "total"}, readings("total", [5, -2])))) == []


def test_a_flow_may_go_down() -> None:
    assert list(backwards(evidence({"caudal": "flow"}, readings("caudal", [5, 1])))) == []
