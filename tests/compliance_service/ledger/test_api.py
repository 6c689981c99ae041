from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from compliance_service.ledger.models import LedgerEntry, LedgerRoot
from compliance_service.ledger.operations import seal
from compliance_service.ledger.roots import make_roots
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import DAY, LOOK
from tests.compliance_service.ledger.books import findings, verifier

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
LEDGER = "/api/compliance/ledger"
READ = ["compliance:read"]


@pytest.fixture
def staff() -> Any:
    return api_client(user_token())


@pytest.fixture
def works(told: Make) -> list[Any]:
    """Two works, sealed and rooted on 13 May."""
    made = [told(), told("OB-0601-102", at=LOOK + timedelta(hours=1))]
    make_roots(LOOK + DAY)
    return made


def owner_of(config: Any) -> Any:
    return api_client(user_token(scopes=READ, points=[config.point_id]))


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content)


@pytest.mark.parametrize("path", ["roots/", "roots/mail/", "export/", "verify/"])
def test_nobody_reads_without_a_token_or_scope(path: str) -> None:
    assert api_client().get(f"{LEDGER}/{path}").status_code == 401
    assert api_client(user_token(scopes=["core:read"])).get(f"{LEDGER}/{path}").status_code == 403


def test_roots_are_listed_for_the_whole_and_for_a_work(staff: Any, works: list[Any]) -> None:
    (whole,) = staff.get(f"{LEDGER}/roots/").json()["results"]
    assert (whole["work"], whole["day"], whole["count"]) == ("", "2024-05-13", LedgerEntry.objects.count())
    of_a_work = staff.get(f"{LEDGER}/roots/", {"work": "OB-0601-102"}).json()["results"]
    assert [root["work"] for root in of_a_work] == ["DGA", "DGA/OB-0601-102"]
    assert len(of_a_work[0]["head"]) == 64


def test_roots_go_on_page_by_page(staff: Any, works: list[Any]) -> None:
    make_roots(LOOK + 4 * DAY)
    seen, cursor = [], ""
    while cursor is not None:
        page = staff.get(f"{LEDGER}/roots/", {"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [root["day"] for root in page["results"]]
        cursor = page["next"]
    assert seen == ["2024-05-13", "2024-05-14", "2024-05-15", "2024-05-16"]
    asked = {"from": "2024-05-14", "to": "2024-05-15"}
    assert [root["day"] for root in staff.get(f"{LEDGER}/roots/", asked).json()["results"]] == seen[1:3]


def test_the_mail_of_a_day_can_be_read_back(staff: Any, works: list[Any], tmp_path: Any) -> None:
    mail = staff.get(f"{LEDGER}/roots/mail/", {"day": "2024-05-13", "work": "OB-0601-101"}).json()
    (tmp_path / "mail").write_text(mail["body"])
    given = verifier.read_given(str(tmp_path / "mail"))
    roots = LedgerRoot.objects.filter(work__in=["DGA", "DGA/OB-0601-101"]).order_by("work")
    assert [(root.work, root.number, root.head) for root in given] == [
        (root.work, root.last, bytes(root.head).hex()) for root in roots
    ]
    assert "2024-05-13" in mail["subject"]


def test_the_mail_of_the_whole_is_the_root_of_the_whole(staff: Any, works: list[Any], tmp_path: Any) -> None:
    (tmp_path / "mail").write_text(staff.get(f"{LEDGER}/roots/mail/", {"day": "2024-05-13"}).json()["body"])
    ((work, number, _),) = verifier.read_given(str(tmp_path / "mail"))
    assert (work, number) == ("", LedgerEntry.objects.count())


def test_a_day_that_is_not_over_has_no_mail(staff: Any, works: list[Any]) -> None:
    response = staff.get(f"{LEDGER}/roots/mail/", {"day": "2024-05-20"})
    assert (response.status_code, "2024-05-20" in response.json()["detail"]) == (404, True)


@pytest.mark.parametrize("asked", [{}, {"work": "OB-0601-101"}, {"from": "2024-05-13", "to": "2024-05-13"}])
def test_an_exported_file_verifies(staff: Any, works: list[Any], asked: dict[str, str]) -> None:
    response = staff.get(f"{LEDGER}/export/", asked)
    assert (response.status_code, response["Content-Type"]) == (200, "application/x-ndjson")
    assert "attachment" in response["Content-Disposition"]
    assert findings(content(response)) == []


def test_an_owner_gets_his_works_and_nothing_of_the_others(works: list[Any]) -> None:
    own, other = works
    client = owner_of(own)
    whole = content(client.get(f"{LEDGER}/export/"))
    assert (findings(whole), own.work_code.encode() in whole, other.work_code.encode() in whole) == ([], True, False)
    assert {root["work"] for root in client.get(f"{LEDGER}/roots/").json()["results"]} == {"DGA", "DGA/OB-0601-101"}
    assert client.get(f"{LEDGER}/export/", {"work": other.work_code}).status_code == 404
    assert client.get(f"{LEDGER}/roots/", {"work": other.work_code}).status_code == 404
    assert client.get(f"{LEDGER}/verify/").status_code == 403


def test_who_owns_nothing_gets_nothing(works: list[Any]) -> None:
    client = api_client(user_token(scopes=READ, points=[]))
    assert client.get(f"{LEDGER}/export/").status_code == 404


def test_the_service_checks_itself(staff: Any, sent: Make) -> None:
    config = sent()
    said = staff.get(f"{LEDGER}/verify/").json()
    last = LedgerEntry.objects.count()
    assert said == {"first": 1, "last": last, "is_intact": True, "results": [], "next": None}
    config.submissions.get().moves.filter(new="SENT").update(by="x")
    found = staff.get(f"{LEDGER}/verify/").json()
    assert (found["is_intact"], "dice otra cosa" in found["results"][0]["problem"]) == (False, True)


def test_a_long_check_goes_on_page_by_page(staff: Any, works: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compliance_service.ledger.api.WINDOW", 2)
    seen, cursor = [], ""
    while cursor is not None:
        page = staff.get(f"{LEDGER}/verify/", {"cursor": cursor} if cursor else {}).json()
        seen += [(page["first"], page["last"], page["is_intact"])]
        cursor = page["next"]
    assert seen[0] == (1, 2, True)
    assert seen[-1][1:] == (LedgerEntry.objects.count(), True)


def test_days_that_are_not_there_yet_are_nothing_to_check(staff: Any, works: list[Any]) -> None:
    said = staff.get(f"{LEDGER}/verify/", {"from": "2030-01-01"}).json()
    assert (said["is_intact"], said["last"] - said["first"], said["next"]) == (True, -1, None)


@pytest.mark.parametrize("path", ["roots/", "export/", "verify/"])
@pytest.mark.parametrize(
    ("query", "field"), [({"from": "ayer"}, "from"), ({"to": "13-05-2024"}, "to"), ({"pont": "x"}, "pont")]
)
def test_a_wrong_question_is_named(staff: Any, path: str, query: dict[str, str], field: str) -> None:
    response = staff.get(f"{LEDGER}/{path}", query)
    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (400, [field])


def test_days_that_end_before_they_begin_are_refused(staff: Any) -> None:
    asked = {"from": "2024-05-14", "to": "2024-05-13"}
    for path in ("roots/", "export/", "verify/"):
        response = staff.get(f"{LEDGER}/{path}", asked)
        assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (400, ["to"]), path


@pytest.mark.parametrize("cursor", ["e30", "WyJ4Il0", "WzEsMl0"])
def test_a_wrong_cursor_is_named(staff: Any, works: list[Any], cursor: str) -> None:
    for path in ("roots/", "verify/"):
        response = staff.get(f"{LEDGER}/{path}", {"cursor": cursor})
        assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "cursor")


def test_an_unknown_work_is_not_found(staff: Any) -> None:
    seal(LOOK)
    assert staff.get(f"{LEDGER}/export/", {"work": "OB-0601-999"}).status_code == 404
