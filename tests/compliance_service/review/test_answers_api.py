"""Words that nobody knows hold their hour; a person says what they mean, and the hours follow."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance_service.authorities.models import AnswerRule
from compliance_service.obligations.models import ComplianceConfig, Obligation
from compliance_service.receipts.models import Receipt
from compliance_service.submissions.models import Attempt, ComplianceData
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import DAY, LOOK, Regulator, Telemetry

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
URL = "/api/compliance/sources/DGA/answers/"


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("shared.clock.now", lambda: LOOK + timedelta(hours=1))
    return api_client(user_token(proved_at=LOOK + timedelta(hours=1)))


@pytest.fixture
def unknown(make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, submission_of: Make) -> Any:
    """An hour that DGA refused with words that nobody has seen: the password is wrong."""
    config = make_config(password="wrong-secret")
    telemetry.good(config.point_id)
    run()
    return submission_of(config)


def add(client: Any, pattern: str, meaning: str, position: int = 30) -> Any:
    said = {"position": position, "pattern": pattern, "meaning": meaning, "note": "leído en el portal"}
    return client.post(URL, said, format="json")


def test_unknown_words_hold_the_hour_and_are_listed(unknown: Any, operator: Any, run: Make) -> None:
    assert (unknown.status, unknown.held_reason) == ("HELD", "unknown_answer")
    assert (run(LOOK + 2 * DAY), Attempt.objects.count()) == (0, 1)
    (line,) = operator.get(f"{URL}unknown/").json()["results"]
    assert (line["message"], line["hours"], line["example"]) == (
        "Usuario o contraseña incorrectos",
        1,
        str(unknown.id),
    )


def test_said_to_be_a_refusal_it_goes_again_on_the_next_day(unknown: Any, operator: Any, run: Make) -> None:
    assert add(operator, "contraseña incorrectos", "refused").json()["moved"] == 1
    unknown.refresh_from_db()
    assert (unknown.status, unknown.next_attempt_at) == ("PENDING", LOOK + DAY)
    assert operator.get(f"{URL}unknown/").json()["results"] == []
    assert run(LOOK + timedelta(hours=2)) == 0
    run(LOOK + DAY)
    unknown.refresh_from_db()
    assert (unknown.status, unknown.error_reason) == ("ERROR", "refused")


def test_said_to_be_about_who_logs_in_it_stops_the_work(unknown: Any, operator: Any) -> None:
    assert add(operator, "contraseña incorrectos", "log_in_refused").json()["moved"] == 1
    unknown.refresh_from_db()
    config = ComplianceConfig.objects.get()
    assert (unknown.status, config.stopped_reason) == ("REJECTED", "Usuario o contraseña incorrectos")


def test_said_to_be_a_duplicate_it_becomes_a_receipt_or_is_never_sent_again(unknown: Any, operator: Any) -> None:
    attempt = Attempt.objects.get()
    Attempt.objects.filter(id=attempt.id).update(message="Registro previo")
    assert add(operator, "registro previo", "duplicate").json()["moved"] == 1
    unknown.refresh_from_db()
    assert (unknown.status, unknown.held_reason, unknown.taken_at is not None) == (
        "HELD",
        "duplicate_without_voucher",
        True,
    )


def test_a_voucher_in_the_words_is_a_receipt(unknown: Any, operator: Any) -> None:
    Attempt.objects.update(message=f"Registro previo {'a' * 32}")
    assert add(operator, "registro previo", "duplicate").json()["moved"] == 1
    assert (Receipt.objects.get().voucher, Obligation.objects.get().outcome) == ("a" * 32, "receipt")


def test_words_that_no_longer_mean_anything_hold_again(unknown: Any, operator: Any, run: Make) -> None:
    row = add(operator, "contraseña incorrectos", "refused").json()
    ended = operator.post(f"{URL}{row['id']}/end/", {"note": "era otra cosa"}, format="json")
    assert (ended.status_code, ended.json()["ended_by"]) == (200, "user:ops@example.cl")
    run(LOOK + DAY)
    unknown.refresh_from_db()
    assert (unknown.status, unknown.held_reason) == ("HELD", "unknown_answer")
    assert operator.post(f"{URL}{row['id']}/end/", {"note": "x"}, format="json").status_code == 409


def test_the_shipped_rows_are_there(operator: Any) -> None:
    rows = operator.get(URL).json()["results"]
    assert [(row["position"], row["meaning"]) for row in rows] == [(10, "duplicate"), (20, "not_the_informant")]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"pattern": "("}, "pattern"),
        ({"pattern": "(a+)+"}, "pattern"),
        ({"pattern": ".*"}, "pattern"),
        ({"meaning": "accepted"}, "meaning"),
        ({"meaning": "accepted_without_voucher"}, "meaning"),
        ({"note": ""}, "note"),
        ({"position": 0}, "position"),
    ],
)
def test_a_wrong_row_is_named(operator: Any, said: dict[str, Any], field: str) -> None:
    body = {"position": 30, "pattern": "x", "meaning": "refused", "note": "x"} | said
    response = operator.post(URL, body, format="json")
    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (400, [field])


def test_a_position_has_one_row(operator: Any) -> None:
    assert add(operator, "x", "refused", position=10).status_code == 409


def test_who_edits_has_just_shown_the_password(operator: Any) -> None:
    assert add(api_client(user_token()), "x", "refused").json()["code"] == "proof_needed"
    owner = api_client(user_token(points=[]))
    assert owner.get(f"{URL}unknown/").status_code == 403
    assert operator.get("/api/compliance/sources/DGX/answers/").status_code == 404


def test_an_answer_with_00_and_no_voucher_is_held_whatever_the_rows_say(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, operator: Any, submission_of: Make
) -> None:
    """Rows that fit everything a regulator can say do not make it sendable again: the named guard."""
    add(operator, "medición|registro|.", "refused", position=1)
    config = make_config()
    telemetry.good(config.point_id)
    regulator.faults(ok_without_voucher=1)
    for day in range(3):
        run(LOOK + day * DAY + timedelta(hours=2))
    submission = submission_of(config)
    assert (submission.status, submission.held_reason, submission.attempts.count()) == (
        "HELD",
        "accepted_without_voucher",
        1,
    )


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("answer_rule_meaning_allowed", {"meaning": "accepted"}),
        ("answer_rule_position_once", {"position": 10}),
        ("answer_rule_has_pattern", {"pattern": ""}),
        ("answer_rule_says_who_and_why", {"note": ""}),
        ("answer_rule_ended_by_whom_and_why", {"valid_to": LOOK}),
        ("answer_rule_ended_by_whom_and_why", {"ended_by": "user:x", "ended_note": "x"}),
    ],
)
def test_the_database_states_what_a_row_is(name: str, changes: dict[str, Any]) -> None:
    said = {"position": 99, "pattern": "x", "meaning": "refused", "note": "x", "valid_from": LOOK, "created_by": "a"}
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        AnswerRule.objects.create(source_id="DGA", **(said | changes))


def test_a_row_is_ended_and_never_changed() -> None:
    for change in ({"pattern": "y"}, {"meaning": "refused"}):
        with pytest.raises(IntegrityError, match="answer_rule_stays"), transaction.atomic():
            AnswerRule.objects.filter(position=10).update(**change)
    with pytest.raises(IntegrityError, match="answer_rule_stays"), transaction.atomic():
        AnswerRule.objects.filter(position=10).delete()
    assert ComplianceData.objects.count() == 0
