from telemetry_service.providers.adapters import Failure, FailureClass
from telemetry_service.sources.findings.no_data import no_data
from tests.telemetry_service.sources.findings.conftest import evidence, failed, readings, said

VARIABLES = {"caudal": "flow", "nivel": "level"}


def test_one_silent_key_is_a_warning() -> None:
    assert said(no_data(evidence(VARIABLES, readings("caudal", [1])))) == [
        ("no_data", "warning", "variables.1.key"),
    ]


def test_silence_of_all_of_them_proves_nothing_and_blocks() -> None:
    assert said(no_data(evidence(VARIABLES))) == [("no_data_at_all", "blocking", "variables")]


def test_a_failure_is_no_silence() -> None:
    assert list(no_data(failed(Failure(FailureClass.TRANSIENT, "x")))) == []


def test_who_is_not_asked_is_not_blamed() -> None:
    assert list(no_data(evidence(VARIABLES, is_asked=False))) == []
