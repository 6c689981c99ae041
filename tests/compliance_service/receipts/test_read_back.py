"""Every receipt is read back from DGA itself: the simulator, over real HTTP."""

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance_service.receipts import read_back as module
from compliance_service.receipts.models import Incident, ReadBack, Receipt
from compliance_service.receipts.read_back import CLAIM, claim, read_back
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import LOOK, SLOT

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def receipt(regulator: Any, make_config: Make, telemetry: Any, run: Make) -> Receipt:
    """What the hour of SLOT was reported with."""
    config = make_config()
    telemetry.good(config.point_id)
    assert run(LOOK) == 1
    return Receipt.objects.get()


@pytest.fixture
def tamper(tmp_path: Path) -> Callable[[str], None]:
    """The regulator's own database, changed behind everybody's back."""

    def change(statement: str) -> None:
        with sqlite3.connect(tmp_path / "dga.db") as database:
            assert database.execute(statement).rowcount == 1
        database.close()

    return change


def fresh(receipt: Receipt) -> Receipt:
    return Receipt.objects.get(id=receipt.id)


def test_what_dga_holds_is_what_was_sent(receipt: Receipt) -> None:
    assert read_back(LOOK + MINUTE) == 0
    assert read_back(LOOK + 2 * MINUTE) == 1
    found = fresh(receipt)
    assert (found.verdict, found.read_at, found.matches) == ("matches", LOOK + 2 * MINUTE, 1)
    assert found.next_read_at == SLOT.replace(hour=7) + DAY
    kept = ReadBack.objects.get()
    assert (kept.verdict, kept.differences, kept.response_status) == ("matches", [], 200)
    assert b'"caudal": "12.35"' in bytes(kept.response_body)
    assert f"numeroComprobante={receipt.voucher}" in kept.url
    assert not Incident.objects.exists()


def test_another_number_is_an_incident_that_names_it(receipt: Receipt, tamper: Callable[[str], None]) -> None:
    tamper("UPDATE accepted SET document = replace(document, '12.35', '1.23')")
    read_back(LOOK + HOUR)
    assert (fresh(receipt).verdict, fresh(receipt).next_read_at) == ("differs", None)
    incident = Incident.objects.get()
    assert incident.read_back.differences == [{"field": "caudal", "sent": "12.35", "held": "1.23"}]
    assert read_back(LOOK + 400 * DAY) == 0


def test_a_record_that_is_not_there_is_looked_for_and_then_an_incident(
    receipt: Receipt, tamper: Callable[[str], None]
) -> None:
    tamper("DELETE FROM accepted")
    at = LOOK + HOUR
    for _ in range(2):
        assert read_back(at) == 1
        assert not Incident.objects.exists()
        at = fresh(receipt).next_read_at or at
    assert read_back(at) == 1
    assert Incident.objects.get().read_back.verdict == "not_found"


def test_a_regulator_that_is_away_accuses_nobody_and_forgets_nothing(
    receipt: Receipt, settings: Any, regulator: Any
) -> None:
    read_back(LOOK + HOUR)
    there, settings.DGA_BASE_URL = settings.DGA_BASE_URL, "http://127.0.0.1:9"
    at = fresh(receipt).next_read_at
    assert at is not None
    for pause in (10 * MINUTE, HOUR, 6 * HOUR, 6 * HOUR):
        assert read_back(at) == 1
        found = fresh(receipt)
        assert (found.verdict, found.next_read_at) == ("matches", at + pause)
        at += pause
    settings.DGA_BASE_URL = there
    assert read_back(at) == 1
    assert (fresh(receipt).matches, fresh(receipt).unanswered) == (2, 0)
    assert not Incident.objects.exists()


def test_two_workers_do_not_read_one_receipt(receipt: Receipt) -> None:
    at = LOOK + HOUR
    assert [one.id for one in claim(now=at, limit=5)] == [receipt.id]
    assert claim(now=at, limit=5) == []
    assert [one.id for one in claim(now=at + CLAIM, limit=5)] == [receipt.id]


def test_the_word_of_a_worker_that_was_too_slow_does_not_count(
    receipt: Receipt, monkeypatch: pytest.MonkeyPatch
) -> None:
    (slow,) = claim(now=LOOK + HOUR, limit=5)
    read_back(LOOK + HOUR + CLAIM)
    before = fresh(receipt)
    module._keep([(module._reading(slow), module.Exchange(sent=True))], LOOK + DAY)
    assert (fresh(receipt).next_read_at, fresh(receipt).unanswered) == (before.next_read_at, 0)
    assert ReadBack.objects.count() == 1


def test_a_pass_is_bounded(receipt: Receipt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_A_PASS", 0)
    assert read_back(LOOK + HOUR) == 0


def test_the_api_says_how_much_was_verified(receipt: Receipt) -> None:
    def ask(**token: Any) -> Any:
        return api_client(user_token(**token)).get("/api/compliance/receipts/verification/").json()

    assert (ask()["receipts"], ask()["not_yet_read"], ask()["matches"]) == (1, 1, 0)
    read_back(LOOK + HOUR)
    assert (ask()["receipts"], ask()["not_yet_read"], ask()["matches"]) == (1, 0, 1)
    assert ask(points=[])["receipts"] == 0


def test_a_person_closes_an_incident_and_it_is_read_again(
    receipt: Receipt, tamper: Callable[[str], None], regulator: Any
) -> None:
    tamper("UPDATE accepted SET document = replace(document, '12.35', '1.23')")
    read_back(LOOK + HOUR)
    client, path = api_client(user_token()), "/api/compliance/receipts/incidents/"
    (found,) = client.get(path, {"open": "true"}).json()["results"]
    assert (found["work_code"], found["differences"][0]["held"]) == ("OB-0601-101", "1.23")
    close = f"{path}{found['id']}/close/"
    assert client.post(close, {"note": ""}, format="json").json()["errors"][0]["field"] == "note"
    assert client.post(close, {"note": "avisado a DGA"}, format="json").json()["closed_by"] == "user:ops@example.cl"
    assert client.post(close, {"note": "otra vez"}, format="json").status_code == 409
    assert client.post(f"{path}999999/close/", {"note": "x"}, format="json").status_code == 404
    assert client.get(path, {"open": "true"}).json()["results"] == []
    assert len(client.get(path).json()["results"]) == 1
    assert read_back(fresh(receipt).next_read_at or LOOK) == 1
    assert Incident.objects.filter(closed_at=None).count() == 1


def test_nobody_sees_or_closes_the_incidents_of_others(receipt: Receipt, tamper: Callable[[str], None]) -> None:
    tamper("DELETE FROM accepted")
    for day in range(4):
        read_back(LOOK + day * DAY + HOUR)
    incident = Incident.objects.get()
    stranger = api_client(user_token(scopes=["compliance:read"], points=[]))
    assert stranger.get("/api/compliance/receipts/incidents/").json()["results"] == []
    assert stranger.post(f"/api/compliance/receipts/incidents/{incident.id}/close/", {"note": "x"}).status_code == 403


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("receipt_verdict_has_time", {"verdict": "matches", "read_at": None}),
        ("receipt_verdict_has_time", {"verdict": "", "read_at": LOOK}),
    ],
)
def test_receipts(receipt: Receipt, name: str, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Receipt.objects.filter(id=receipt.id).update(**values)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("read_back_verdict_known", {"verdict": "perhaps"}),
        ("read_back_differs_in_something", {"verdict": "differs"}),
        ("read_back_differs_in_something", {"verdict": "matches", "differences": [{"field": "caudal"}]}),
    ],
)
def test_read_backs(receipt: Receipt, name: str, values: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ReadBack.objects.create(**{"receipt": receipt, "at": LOOK, "url": "x"} | values)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("incident_closed_by_whom_and_why", {"closed_at": LOOK, "closed_by": "user:x"}),
        ("incident_closed_by_whom_and_why", {"note": "x"}),
        ("incident_closed_by_whom_and_why", {"closed_by": "user:x", "note": "x"}),
        ("incident_closed_by_whom_and_why", {"closed_at": LOOK - DAY, "closed_by": "user:x", "note": "x"}),
    ],
)
def test_incidents(receipt: Receipt, name: str, values: dict[str, Any]) -> None:
    kept = ReadBack.objects.create(receipt=receipt, at=LOOK, url="x", verdict="not_found")
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Incident.objects.create(**{"receipt": receipt, "read_back": kept, "opened_at": LOOK} | values)


def test_a_receipt_has_one_open_incident(receipt: Receipt) -> None:
    first, second = (ReadBack.objects.create(receipt=receipt, at=LOOK, url="x", verdict="not_found") for _ in "ab")
    Incident.objects.create(receipt=receipt, read_back=first, opened_at=LOOK)
    with pytest.raises(IntegrityError, match="incident_open_once"), transaction.atomic():
        Incident.objects.create(receipt=receipt, read_back=second, opened_at=LOOK)
