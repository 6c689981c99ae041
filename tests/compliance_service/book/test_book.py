"""The book over REST, and a certificate that others can check without us."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from compliance_service.obligations.models import Cause
from compliance_service.obligations.operations import Evidence, explain
from compliance_service.obligations.sums import Sum
from shared.auth.tokens import public_jwks
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import DAY, LOOK, SLOT, Regulator, Telemetry

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
URL = "/api/compliance/book/"
VERIFY = Path(__file__).parents[3] / "scripts" / "verify-certificate"
HOUR = timedelta(hours=1)
PERIOD = {"from": "2024-05-13", "to": "2024-05-13"}


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("shared.clock.now", lambda: LOOK + 8 * DAY)
    return api_client(user_token())


@pytest.fixture
def work(make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make) -> Any:
    """Five hours: two receipts, one explained, two that miss their lag."""
    config = make_config(hours=5)
    for hour in range(2):
        telemetry.good(config.point_id, SLOT + hour * HOUR)
        run(LOOK + hour * HOUR)
    given = [{"kind": "outage", "reference": "corte CGE 4411"}]
    said = {"cause": Cause.POWER_FAILURE, "note": "corte de luz", "leave": [], "by": "user:ops@example.cl"}
    window = {"start": SLOT + 2 * HOUR, "end": SLOT + 3 * HOUR}
    explain(config_id=config.id, **window, **said, now=LOOK + 4 * HOUR, evidence=Evidence(given))
    return config


def test_every_work_and_the_whole_close(work: Any, make_config: Make, client: Any) -> None:
    make_config("OB-0601-102", hours=3)
    body = client.get(URL).json()
    first, second = body["results"]
    assert (first["due"], first["receipts"], first["explained"], first["open"], first["overdue"]) == (5, 2, 1, 0, 2)
    assert (second["due"], second["overdue"], second["work_code"]) == (3, 3, "OB-0601-102")
    assert (body["total"]["due"], body["total"]["closes"]) == (8, True)
    assert first["says"] == "5 debidas = 2 comprobantes + 1 explicadas + 2 vencidas + 0 abiertas"


def test_a_work_month_by_month_with_its_causes(work: Any, client: Any) -> None:
    said = client.get(f"{URL}{work.id}/").json()
    assert [(month["month"], month["due"]) for month in said["months"]] == [("2024-05-01", 5)]
    assert said["causes"] == {"power_failure": 1}


def test_explanations_with_cause_evidence_and_author(work: Any, client: Any) -> None:
    (said,) = client.get(f"{URL}{work.id}/explained/").json()["results"]
    assert (said["cause"], said["note"], said["by"]) == ("power_failure", "corte de luz", "user:ops@example.cl")
    assert said["evidence"]["given"] == [{"kind": "outage", "reference": "corte CGE 4411"}]


def test_a_period_cuts_the_book(work: Any, client: Any) -> None:
    assert client.get(URL, {"from": "2024-05-14"}).json()["total"]["due"] == 0
    assert client.get(URL, {"to": "2024-05-13"}).json()["total"]["due"] == 5


def test_pages_go_on_by_work(make_config: Make, client: Any) -> None:
    for code in ("OB-0601-101", "OB-0601-102", "OB-0601-103"):
        make_config(code)
    first = client.get(URL, {"limit": 2}).json()
    second = client.get(URL, {"limit": 2, "cursor": first["next"]}).json()
    assert [row["work_code"] for row in first["results"] + second["results"]] == [
        "OB-0601-101",
        "OB-0601-102",
        "OB-0601-103",
    ]


def test_an_owner_sees_the_book_of_his_points_only(work: Any, make_config: Make, client: Any) -> None:
    other = make_config("OB-0601-102")
    owner = api_client(user_token(scopes=["compliance:read"], points=[work.point_id]))
    assert [row["work_code"] for row in owner.get(URL).json()["results"]] == ["OB-0601-101"]
    for path in ("", "explained/", "certificate/"):
        assert owner.get(f"{URL}{other.id}/{path}", PERIOD).status_code == 404


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "ayer"}, "from"),
        ({"from": "2024-05-14", "to": "2024-05-13"}, "to"),
        ({"work": "x"}, "work"),
        ({"cursor": "e30"}, "cursor"),
    ],
)
def test_a_wrong_question_is_named(client: Any, query: dict[str, str], field: str) -> None:
    response = client.get(URL, query)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, field)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": "2024-05-13"}, "to"),
        ({"from": "2024-05-13", "to": "2024-05-21"}, "to"),
        ({"from": "2022-05-13", "to": "2024-05-13"}, "to"),
        ({**PERIOD, "format": "docx"}, "format"),
    ],
)
def test_what_cannot_be_certified_is_named(work: Any, client: Any, query: dict[str, str], field: str) -> None:
    response = client.get(f"{URL}{work.id}/certificate/", query)
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, field)


def verify(file: Path, *more: str) -> tuple[int, str]:
    done = subprocess.run([sys.executable, VERIFY, file, *more], capture_output=True, text=True, check=False, cwd="/")
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def certificate(work: Any, client: Any, tmp_path: Path) -> Path:
    response = client.get(f"{URL}{work.id}/certificate/", PERIOD)
    assert response.status_code == 200, response.content
    file = tmp_path / "certificado.json"
    file.write_bytes(response.content)
    return file


def test_a_certificate_is_checked_by_who_has_nothing_of_ours(certificate: Path) -> None:
    (key,) = [key["kid"] for key in public_jwks()["keys"]]
    status, said = verify(certificate, "--key", key)
    assert (status, "5 debidas = 2 comprobantes + 1 explicadas + 2 vencidas + 0 abiertas" in said) == (0, True)
    body = json.loads(certificate.read_bytes())["signed"]
    assert [one["cause"] for one in body["explanations"]] == ["power_failure"]
    assert (len(body["overdue_hours"]), body["open_hours"], len(body["receipts_sha256"])) == (2, [], 64)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b'"receipts":2', b'"receipts":3', "sums"),
        (b"corte de luz", b"corte de gas", "signature"),
        (b'"overdue":2', b'"overdue":1', "sums"),
    ],
)
def test_a_changed_certificate_is_found_out(certificate: Path, old: bytes, new: bytes, says: str) -> None:
    content = certificate.read_bytes()
    assert old in content
    certificate.write_bytes(content.replace(old, new))
    status, said = verify(certificate)
    assert (status, says in said) == (1, True)


def test_another_key_is_found_out(certificate: Path) -> None:
    assert verify(certificate, "--key", "A" * 43)[0] == 1
    certificate.write_bytes(b"{}")
    assert verify(certificate)[0] == 2


def test_a_receipt_that_is_swapped_changes_the_digest(work: Any, client: Any, certificate: Path) -> None:
    from compliance_service.receipts.models import Receipt

    before = json.loads(certificate.read_bytes())["signed"]["receipts_sha256"]
    Receipt.objects.filter(id=Receipt.objects.order_by("id")[0].id).update(voucher="z" * 32)
    after = client.get(f"{URL}{work.id}/certificate/", PERIOD).content
    assert json.loads(after)["signed"]["receipts_sha256"] != before


def test_what_does_not_close_is_not_certified(work: Any, client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Sum(due=5, receipts=3, explained=1, overdue=1)
    monkeypatch.setattr("compliance_service.book.certificate.total", lambda _: wrong)
    assert client.get(f"{URL}{work.id}/certificate/", PERIOD).status_code == 409


def test_the_page_for_people_is_a_pdf_that_names_the_signed_digest(work: Any, client: Any) -> None:
    response = client.get(f"{URL}{work.id}/certificate/", {**PERIOD, "format": "pdf"})
    assert (response["Content-Type"], response.content[:5]) == ("application/pdf", b"%PDF-")
    assert ".pdf" in response["Content-Disposition"]
