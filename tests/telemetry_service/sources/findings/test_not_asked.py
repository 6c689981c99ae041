from telemetry_service.sources.findings import find
from telemetry_service.sources.findings.not_asked import not_asked
from tests.telemetry_service.sources.findings.conftest import evidence, said


def test_who_speaks_by_himself_can_go_live_unheard() -> None:
    seen = evidence({"caudal": "flow"}, is_asked=False)
    assert said(not_asked(seen)) == [("not_asked", "warning", "provider")]
    assert [one.code for one in find(seen)] == ["not_asked"]
    assert list(not_asked(evidence({"caudal": "flow"}))) == []
