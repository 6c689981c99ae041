"""A work that is registered by file or form: its file, and what a person brought there as the receipt."""

import hashlib
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from compliance_service.files.models import Upload
from compliance_service.ledger.models import LedgerEntry
from compliance_service.ledger.operations import seal
from compliance_service.obligations.making import make_ahead
from compliance_service.obligations.models import Obligation
from compliance_service.receipts.models import Receipt
from compliance_service.submissions.models import Attempt, ComplianceData, Move
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import DAY, LOOK, SLOT, Regulator, Telemetry

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
PERIOD = {"from": "2024-05-01", "to": "2024-05-31"}
HOUR = timedelta(hours=1)
NOW = LOOK + 3 * DAY


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("shared.clock.now", lambda: NOW)
    return api_client(user_token(proved_at=NOW))


@pytest.fixture
def work(make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make) -> Any:
    """Three days of a Medio, measured at midnight, that nothing sends."""
    config = make_config(standard="MEDIO", terms={"channel": "file"}, hours=72)
    for day in (1, 2, 3):
        telemetry.good(config.point_id, SLOT.replace(hour=4) + day * DAY, total=1000.0 + day)
    make_ahead(NOW)
    run(NOW)
    return config


def url(config: Any, more: str = "") -> str:
    return f"/api/compliance/files/{config.id}/{more}"


def bring(client: Any, config: Any, content: bytes, **said: Any) -> Any:
    body = {"file": SimpleUploadedFile("mayo.csv", content), "brought_at": NOW.isoformat(), "reference": "F-77"} | said
    return client.post(url(config, "uploads/"), body, format="multipart")


def test_what_goes_by_hand_is_prepared_and_never_sent(work: Any, regulator: Regulator, run: Make) -> None:
    assert ComplianceData.objects.filter(status="PENDING").count() == 3
    assert (run(NOW + DAY), regulator.records(), Attempt.objects.count()) == (0, [], 0)


def test_the_file_holds_what_is_ready_with_its_digest(work: Any, person: Any) -> None:
    response = person.get(url(work), PERIOD)
    lines = response.content.decode("utf-8-sig").split("\r\n")
    assert (response["X-Rows"], len(lines), lines[1]) == ("3", 5, "OB-0601-101;14-05-2024;00:00:00;12.35;1001;9.85")
    assert response["X-SHA256"] == hashlib.sha256(response.content).hexdigest()
    assert person.get(url(work), PERIOD).content == response.content


def test_brought_it_is_the_receipt_of_its_hours(work: Any, person: Any) -> None:
    content = person.get(url(work), PERIOD).content
    response = bring(person, work, content)
    assert [row["verdict"] for row in response.json()["results"]] == ["received"] * 3
    digest = hashlib.sha256(content).hexdigest()
    receipts = list(Receipt.objects.order_by("id"))
    assert [receipt.voucher for receipt in receipts] == [f"{digest[:32]}-202405{day}0400" for day in (14, 15, 16)]
    assert all(receipt.next_read_at is None for receipt in receipts)
    assert Obligation.objects.filter(outcome="receipt").count() == 3
    attempt = Attempt.objects.order_by("id")[0]
    assert (attempt.request_headers["sha256"], attempt.meaning, bytes(attempt.response_body)) == (
        digest,
        "uploaded",
        b"F-77",
    )
    assert set(Move.objects.filter(reason="uploaded").values_list("by", flat=True)) == {"user:ops@example.cl"}
    (row,) = person.get(url(work, "uploads/")).json()["results"]
    assert (row["sha256"], row["hours"], row["by"], row["reference"]) == (digest, 3, "user:ops@example.cl", "F-77")
    assert bytes(Upload.objects.get().content) == content
    assert person.get(url(work), PERIOD)["X-Rows"] == "0"


def test_excel_does_as_well_and_may_have_dropped_zeros(work: Any, person: Any) -> None:
    from openpyxl import load_workbook

    book = load_workbook(io.BytesIO(person.get(url(work), {**PERIOD, "format": "xlsx"}).content))
    cell = book.worksheets[0]["F2"]
    assert cell.value == "9.85"
    book.worksheets[0]["D2"].value = 12.350
    saved = io.BytesIO()
    book.save(saved)
    response = bring(person, work, saved.getvalue())
    assert [row["verdict"] for row in response.json()["results"]] == ["received"] * 3


def test_a_number_that_was_changed_on_the_way_is_not_received(work: Any, person: Any) -> None:
    content = person.get(url(work), PERIOD).content.replace(b";1002;", b";1020;")
    response = bring(person, work, content)
    assert [row["verdict"] for row in response.json()["results"]] == ["received", "differs", "received"]
    assert Upload.objects.get().hours == 2


def test_the_same_file_is_recorded_once(work: Any, person: Any) -> None:
    content = person.get(url(work), PERIOD).content
    bring(person, work, content)
    again = bring(person, work, content)
    assert [row["verdict"] for row in again.json()["results"]] == ["already_receipt"] * 3
    assert (Upload.objects.count(), Receipt.objects.count()) == (1, 3)


def test_what_was_typed_into_a_form_is_recorded_by_its_hours(
    make_config: Make, telemetry: Telemetry, run: Make, person: Any
) -> None:
    config = make_config(standard="MEDIO", terms={"channel": "form"}, hours=48)
    slot = SLOT.replace(hour=4) + DAY
    telemetry.good(config.point_id, slot)
    run(NOW)
    said = {"slots": [slot.isoformat()], "brought_at": NOW.isoformat(), "reference": "pantalla 12"}
    response = person.post(url(config, "uploads/"), said, format="json")
    assert [row["verdict"] for row in response.json()["results"]] == ["received"]
    assert b"12.35;1010;9.85" in bytes(Upload.objects.get().content)
    unknown = {**said, "slots": [(slot + HOUR).isoformat()]}
    assert person.post(url(config, "uploads/"), unknown, format="json").json()["errors"][0]["field"] == "slots"


def test_hours_that_are_not_owed_or_not_ready_are_said(work: Any, person: Any) -> None:
    head, first, *_ = person.get(url(work), PERIOD).content.decode().split("\r\n")
    content = "\r\n".join([head, first.replace("14-05-2024", "14-05-2020"), first]).encode()
    assert [row["verdict"] for row in bring(person, work, content).json()["results"]] == ["not_due", "received"]


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"brought_at": (NOW + DAY).isoformat()}, "brought_at"),
        ({"file": SimpleUploadedFile("x.csv", b"no")}, "file[1]"),
        ({"more": "x"}, "more"),
    ],
)
def test_what_is_wrong_is_named(work: Any, person: Any, said: dict[str, Any], field: str) -> None:
    response = bring(person, work, b"x", **said)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, field)
    assert Receipt.objects.count() == 0


def test_who_records_has_just_shown_the_password(work: Any, person: Any) -> None:
    content = person.get(url(work), PERIOD).content
    assert bring(api_client(user_token()), work, content).json()["code"] == "proof_needed"
    assert bring(api_client(user_token(points=[], proved_at=NOW)), work, content).status_code == 404


def test_a_work_that_is_online_has_no_file(make_config: Make, person: Any) -> None:
    config = make_config("OB-0601-102")
    assert person.get(url(config), PERIOD).status_code == 409


def test_the_ledger_tells_of_it_and_agrees(work: Any, person: Any) -> None:
    from compliance_service.ledger.check import check

    content = person.get(url(work), PERIOD).content
    bring(person, work, content)
    count = seal(NOW)
    kept = b"".join(bytes(entry.body) for entry in LedgerEntry.objects.all())
    assert hashlib.sha256(content).hexdigest().encode() in kept
    assert check(1, count).problems == []


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("upload_has_digest", {"sha256": "x"}),
        ("upload_has_author", {"by": ""}),
        ("upload_brought_something", {"hours": 0}),
    ],
)
def test_the_database_states_what_an_upload_is(work: Any, person: Any, name: str, changes: dict[str, Any]) -> None:
    bring(person, work, person.get(url(work), PERIOD).content)
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Upload.objects.update(**changes)
