"""Held hours and the people who decide about them, over REST and against DGA's simulator."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from compliance_service.ledger.models import LedgerEntry
from compliance_service.ledger.operations import seal
from compliance_service.obligations.models import Obligation
from compliance_service.receipts.models import Receipt
from compliance_service.review.models import Review
from compliance_service.submissions.models import Attempt, ComplianceData, Move
from shared.testing import api_client, service_token, user_token
from tests.compliance_service.conftest import DAY, LOOK, SLOT, Regulator, Telemetry

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
URL = "/api/compliance/review/"
VALUES = {"flow": 1.0, "total": 1010.0, "water_table": 9.85}


@pytest.fixture
def reviewer(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Somebody who has just shown the password, an hour after LOOK."""
    monkeypatch.setattr("shared.clock.now", lambda: LOOK + timedelta(hours=1))
    return api_client(user_token(proved_at=LOOK + timedelta(minutes=58)))


@pytest.fixture
def held(make_config: Make, telemetry: Telemetry, run: Make, submission_of: Make) -> Callable[..., ComplianceData]:
    """An hour whose total is doubtful: a tenth of it was read."""

    def make(code: str = "OB-0601-101", **changes: Any) -> ComplianceData:
        config = make_config(code)
        telemetry.good(config.point_id)
        telemetry.set(config.point_id, "total", changes.get("total", 101.0), 3, "truncated_reading")
        run()
        return submission_of(config)  # type: ignore[no-any-return]

    return make


@pytest.fixture
def taken(make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, submission_of: Make) -> Any:
    """An hour that DGA accepted without giving a voucher."""
    config = make_config()
    telemetry.good(config.point_id)
    regulator.faults(ok_without_voucher=1)
    run()
    return submission_of(config)


def listed(client: Any) -> list[dict[str, Any]]:
    return list(client.get(URL).json()["results"])


def decide(client: Any, action: str, *rows: dict[str, Any], **said: Any) -> Any:
    items = [
        {
            "submission": row["submission"],
            "seen": row["seen"],
            **{k: said[k] for k in ("values", "voucher") if k in said},
        }
        for row in rows
    ]
    body = {"action": action, "items": items, **{k: said[k] for k in ("note", "cause") if k in said}}
    return client.post(URL, body, format="json")


def verdicts(response: Any) -> list[str]:
    assert response.status_code == 200, response.content
    return [row["verdict"] for row in response.json()["results"]]


def test_the_queue_shows_the_evidence_and_what_would_be_sent(held: Make, regulator: Regulator, reviewer: Any) -> None:
    held()
    (row,) = listed(reviewer)
    assert (row["kind"], row["reason"], row["attempts"]) == ("data", "truncated_reading", 0)
    assert row["evidence"]["total"]["value"] == 101.0
    assert row["would_send"]["totalizador"] == "101"


def test_accepted_it_is_sent_as_it_was_measured(held: Make, regulator: Regulator, reviewer: Any, run: Make) -> None:
    submission = held()
    assert verdicts(decide(reviewer, "accept", *listed(reviewer))) == ["accepted"]
    assert run(LOOK + timedelta(hours=1)) == 1
    (record,) = regulator.records()
    assert record["document"]["totalizador"] == "101"
    assert listed(reviewer) == []
    (said,) = reviewer.get(f"{URL}{submission.id}/").json()["results"]
    assert (said["by"], said["seen"]["held_reason"]) == ("user:ops@example.cl", "truncated_reading")
    move = Move.objects.get(old="HELD")
    assert (move.new, move.by, move.reason) == ("PENDING", "user:ops@example.cl", "accepted_by_person")


def test_corrected_it_is_sent_as_the_person_says_and_the_evidence_stays(
    held: Make, regulator: Regulator, reviewer: Any, run: Make
) -> None:
    submission = held()
    said = decide(reviewer, "correct", *listed(reviewer), note="el registrador leyó un décimo", values=VALUES)
    assert verdicts(said) == ["corrected"]
    run(LOOK + timedelta(hours=1))
    assert regulator.records()[0]["document"]["totalizador"] == "1010"
    submission.refresh_from_db()
    assert submission.evidence["total"]["value"] == 101.0
    review = Review.objects.get()
    assert (review.note, review.given["values"]["total"]) == ("el registrador leyó un décimo", 1010.0)
    assert review.seen["evidence"]["total"]["reasons"] == ["truncated_reading"]


def test_discarded_it_is_explained_with_its_cause_and_never_sent(
    held: Make, regulator: Regulator, reviewer: Any, run: Make
) -> None:
    held()
    said = decide(reviewer, "discard", *listed(reviewer), note="sin batería", cause="logger_failure")
    assert verdicts(said) == ["discarded"]
    duty = Obligation.objects.get()
    assert (duty.outcome, duty.cause, duty.explained_by) == ("explained", "logger_failure", "user:ops@example.cl")
    assert (run(LOOK + DAY), regulator.records(), listed(reviewer)) == (0, [], [])


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"action": "correct", "values": VALUES}, "note"),
        ({"action": "correct", "values": VALUES, "note": "  "}, "note"),
        ({"action": "discard", "note": "x"}, "cause"),
        ({"action": "discard", "cause": "logger_failure"}, "note"),
        ({"action": "accept", "cause": "logger_failure"}, "cause"),
        ({"action": "forget"}, "action"),
    ],
)
def test_a_verdict_says_why(held: Make, regulator: Regulator, reviewer: Any, said: dict[str, Any], field: str) -> None:
    held()
    rows = listed(reviewer)
    response = decide(reviewer, said.pop("action"), *rows, **said)
    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (400, [field])
    assert Review.objects.count() == 0


def test_a_bulk_is_bounded_and_names_nobody_twice(held: Make, regulator: Regulator, reviewer: Any) -> None:
    held()
    (row,) = listed(reviewer)
    for rows in ([row] * 2, [row] * 101, []):
        response = decide(reviewer, "accept", *rows)
        assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "items")


def test_each_hour_of_a_bulk_has_its_own_verdict(held: Make, regulator: Regulator, reviewer: Any) -> None:
    held()
    held("OB-0601-102", total=-1.0)
    held("OB-0601-103")
    rows = {row["work_code"]: row for row in listed(reviewer)}
    rows["OB-0601-103"]["seen"] = "0" * 16
    ordered = [rows[code] for code in sorted(rows)]
    assert verdicts(decide(reviewer, "accept", *ordered)) == ["accepted", "negative_value", "changed"]
    assert Review.objects.count() == 1


def test_what_changed_since_it_was_looked_at_is_not_decided(
    held: Make, regulator: Regulator, reviewer: Any, telemetry: Telemetry, run: Make
) -> None:
    submission = held()
    (row,) = listed(reviewer)
    telemetry.set(submission.config.point_id, "total", 0.0, 4, "zero_glitch")
    run(LOOK + timedelta(hours=1))
    assert verdicts(decide(reviewer, "accept", row)) == ["changed"]
    telemetry.good(submission.config.point_id)
    run(LOOK + timedelta(hours=2))
    assert verdicts(decide(reviewer, "accept", row)) == ["not_held"]


@pytest.mark.parametrize("minutes", [None, 61])
def test_without_a_fresh_password_nobody_decides(
    held: Make, regulator: Regulator, reviewer: Any, minutes: int | None
) -> None:
    held()
    rows = listed(reviewer)
    at = LOOK + timedelta(hours=1)
    client = api_client(user_token(proved_at=None if minutes is None else at - timedelta(minutes=minutes)))
    response = decide(client, "accept", *rows)
    assert (response.status_code, response.json()["code"]) == (403, "proof_needed")
    assert Review.objects.count() == 0


def test_services_readers_and_strangers_decide_nothing(held: Make, regulator: Regulator, reviewer: Any) -> None:
    submission = held()
    rows = listed(reviewer)
    at = LOOK + timedelta(hours=1)
    reader = api_client(user_token(scopes=["compliance:read"], proved_at=at))
    assert decide(reader, "accept", *rows).status_code == 403
    assert decide(api_client(service_token("core")), "accept", *rows).status_code == 403
    stranger = api_client(user_token(points=[], proved_at=at))
    assert (decide(stranger, "accept", *rows).status_code, listed(stranger)) == (404, [])
    assert stranger.get(f"{URL}{submission.id}/").status_code == 404


def test_what_the_regulator_has_takes_a_voucher_and_is_read_back(
    taken: Any, regulator: Regulator, reviewer: Any
) -> None:
    (row,) = listed(reviewer)
    assert (row["kind"], row["would_send"], row["attempts"]) == ("taken", None, 1)
    assert verdicts(decide(reviewer, "correct", row, note="x", values=VALUES)) == ["never_sent_again"]
    assert verdicts(decide(reviewer, "accept", row)) == ["needs_voucher"]
    voucher = regulator.records()[0]["voucher"]
    assert verdicts(decide(reviewer, "accept", row, voucher=voucher)) == ["accepted"]
    receipt = Receipt.objects.get()
    assert (receipt.voucher, receipt.next_read_at is not None) == (voucher, True)
    taken.refresh_from_db()
    assert (taken.status, Obligation.objects.get().outcome, Attempt.objects.count()) == ("CONFIRMED", "receipt", 1)


def test_a_voucher_of_another_hour_is_refused(
    taken: Any, regulator: Regulator, reviewer: Any, make_config: Make, telemetry: Telemetry, run: Make
) -> None:
    other = make_config("OB-0601-102")
    telemetry.good(other.point_id)
    regulator.faults(ok_without_voucher=0)
    run(LOOK + timedelta(minutes=30))
    rows = listed(reviewer)
    assert verdicts(decide(reviewer, "accept", *rows, voucher=Receipt.objects.get().voucher)) == ["voucher_of_another"]
    assert (Review.objects.count(), len(listed(reviewer))) == (0, 1)


def test_what_the_regulator_has_can_be_sent_again_by_nobody(taken: Any) -> None:
    """The guard is the database's: no code path, and no session in psql, opens it."""
    rows = ComplianceData.objects.filter(id=taken.id)
    with pytest.raises(IntegrityError, match="submission_taken_is_never_sent_again"), transaction.atomic():
        rows.update(status="PENDING", next_attempt_at=LOOK)
    with pytest.raises(IntegrityError, match="submission_taken_stays"), transaction.atomic():
        rows.update(taken_at=None)


def test_a_verdict_is_in_the_ledger(held: Make, regulator: Regulator, reviewer: Any) -> None:
    held()
    decide(reviewer, "accept", *listed(reviewer), note="sensor con falla conocida, incidente 12")
    seal(LOOK + timedelta(hours=1))
    kept = b"".join(bytes(entry.body) for entry in LedgerEntry.objects.all())
    assert b'"kind":"review"' in kept
    assert b"incidente 12" in kept


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("review_action_known", {"action": "forget"}),
        ("review_has_author", {"by": ""}),
        ("review_says_why_unless_accepted", {"action": "correct"}),
        ("review_discards_for_a_cause", {"action": "discard", "note": "x"}),
        ("review_proved_before", {"proved_at": LOOK + DAY}),
    ],
)
def test_the_database_states_what_a_verdict_is(
    held: Make, regulator: Regulator, reviewer: Any, name: str, changes: dict[str, Any]
) -> None:
    held()
    decide(reviewer, "accept", *listed(reviewer))
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Review.objects.update(**changes)


@pytest.mark.django_db(transaction=True)
def test_of_two_reviewers_one_decides(held: Make, regulator: Regulator, reviewer: Any) -> None:
    from compliance_service.authorities.operations import sync_sources

    sync_sources()
    held()
    rows = listed(reviewer)

    def click(which: int) -> list[str]:
        at: datetime = LOOK + timedelta(hours=1)
        client = api_client(user_token(proved_at=at, email=f"r{which}@example.cl"))
        try:
            if which % 2:
                return verdicts(decide(client, "discard", *rows, note="x", cause="other"))
            return verdicts(decide(client, "accept", *rows))
        finally:
            connection.close()

    with ThreadPoolExecutor(max_workers=6) as pool:
        found = [verdict for said in pool.map(click, range(6)) for verdict in said]
    assert found.count("not_held") == 5
    assert (Review.objects.count(), ComplianceData.objects.get().slot_at) == (1, SLOT)
