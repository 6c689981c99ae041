from telemetry_service.providers.adapters import Poll
from telemetry_service.sources.findings.unreadable import unreadable
from tests.telemetry_service.sources.findings.conftest import evidence, readings, said


def test_records_that_nobody_can_read_are_counted() -> None:
    odd = Poll(unreadable=3, trouble="caudal: el valor no es un número")
    (found,) = unreadable(evidence({"caudal": "flow"}, readings("caudal", [1]), odd))
    assert said([found]) == [("unreadable_records", "warning", "provider.config.extract")]
    assert found.problem == "3 registros ilegibles: caudal: el valor no es un número"


def test_none_is_none() -> None:
    assert list(unreadable(evidence({"caudal": "flow"}, readings("caudal", [1])))) == []
