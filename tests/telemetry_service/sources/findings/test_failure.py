import pytest

from telemetry_service.providers.adapters import Failure, FailureClass, Reason
from telemetry_service.sources.findings import find
from telemetry_service.sources.findings.failure import BY_CLASS, BY_REASON, failure
from tests.telemetry_service.sources.findings.conftest import evidence, failed, said


@pytest.mark.parametrize("kind", list(FailureClass))
def test_every_class_of_failure_keeps_a_source_from_going_live(kind: FailureClass) -> None:
    assert said(failure(failed(Failure(kind, "dijo que no")))) == [(BY_CLASS[kind][0], "blocking", BY_CLASS[kind][1])]


@pytest.mark.parametrize("reason", list(Reason))
def test_a_reason_says_more_than_the_class(reason: Reason) -> None:
    found = failure(failed(Failure(FailureClass.CONFIG, "dijo que no", reason=reason)))
    assert said(found) == [(BY_REASON[reason][0], "blocking", BY_REASON[reason][1])]


def test_without_a_failure_there_is_none() -> None:
    assert list(failure(evidence({"caudal": "flow"}))) == []


def test_what_blocks_comes_first_and_nothing_else_is_guessed_of_a_failure() -> None:
    found = find(failed(Failure(FailureClass.AUTH, "clave mala", 401)))
    assert [one.code for one in found] == ["token_refused"]
    assert found[0].problem == "clave mala"
