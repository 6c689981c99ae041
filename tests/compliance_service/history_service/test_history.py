"""The holder's historical service, as SMA would use it."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import jwt
import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction

from compliance_service.history import tokens
from compliance_service.history.models import HistoryCredential
from compliance_service.history.operations import issue
from compliance_service.obligations.models import Obligation, Outcome
from compliance_service.submissions.models import ComplianceData
from shared.errors import NotAuthenticated
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import LOOK, SLOT, Telemetry
from tests.compliance_service.submissions.sma.conftest import MINUTE, Desk
from tests.compliance_service.submissions.sma.conftest import desk as desk
from tests.compliance_service.submissions.sma.conftest import good as good
from tests.compliance_service.submissions.sma.conftest import make_process as make_process

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
AUTH = "/api/compliance/sma/v1/auth"
DAY = "/api/compliance/sma/v1/ufs/1234/procesos/568/dispositivos/8903/registros/2024-05-13"
COMPANY = "76000000-0"


@pytest.fixture(autouse=True)
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """The instant it is; a test may move it."""
    cache.clear()

    def move(now: datetime) -> None:
        monkeypatch.setattr("shared.clock.now", lambda: now)

    move(LOOK + timedelta(hours=1))
    return move


@pytest.fixture
def credential() -> tuple[HistoryCredential, str]:
    return issue(company_rut=COMPANY, note="fiscalizador", by="user:ops@example.cl", now=LOOK)


def log_in(credential: tuple[HistoryCredential, str]) -> Any:
    row, password = credential
    return api_client().post(AUTH, {"usuario": row.usuario, "password": password}, format="json")


@pytest.fixture
def sma_user(credential: tuple[HistoryCredential, str]) -> Any:
    return api_client(log_in(credential).json()["token"])


@pytest.fixture
def reported(make_process: Make, good: Make, desk: Desk, run: Make) -> Any:
    """Three minutes that were sent, and one that waits for its turn."""
    config = make_process(minutes=4)
    good(config.point_id, 4)
    for minute in range(3):
        run(LOOK + minute * MINUTE)
    desk.faults(html_502=1)
    run(LOOK + 3 * MINUTE)
    return config


def test_a_days_records_come_in_the_form_in_which_they_are_reported(sma_user: Any, reported: Any) -> None:
    response = sma_user.get(DAY)
    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    (device,) = response.json()
    assert device["dispositivoId"] == "8903"
    assert device["parametros"][:3] == [
        {"nombre": "Q", "valor": "10.00", "unidad": "l/s", "estampaTiempo": "2024-05-13T10:00:00"},
        {"nombre": "VA", "valor": "1010", "unidad": "m3", "estampaTiempo": "2024-05-13T10:00:00"},
        {"nombre": "NF", "valor": "9.85", "unidad": "m", "estampaTiempo": "2024-05-13T10:00:00"},
    ]
    stamps = [one["estampaTiempo"] for one in device["parametros"]]
    assert stamps == sorted(stamps)
    assert len(stamps) == 12  # what is still to be sent is kept, and shown


def test_the_bytes_are_those_of_the_document(sma_user: Any, reported: Any) -> None:
    assert sma_user.get(DAY).content.startswith(
        b'[{"dispositivoId":"8903","parametros":[{"nombre":"Q","valor":"10.00",'
    )


def test_a_day_without_records_is_empty(sma_user: Any, reported: Any) -> None:
    response = sma_user.get(DAY.replace("05-13", "05-12"))
    assert (response.status_code, response.json()) == (200, [])


def test_what_is_held_or_was_not_reported_is_not_shown(
    sma_user: Any, make_process: Make, good: Make, telemetry: Telemetry, desk: Desk, run: Make
) -> None:
    config = make_process(minutes=2)
    good(config.point_id, 2)
    telemetry.set(config.point_id, "flow", 99.0, 3, "spike")
    run(SLOT + 16 * MINUTE)
    run(SLOT + 17 * MINUTE)
    assert ComplianceData.objects.filter(status="HELD").count() == 1
    assert len(sma_user.get(DAY).json()[0]["parametros"]) == 3
    explained: dict[str, Any] = {"outcome": Outcome.EXPLAINED, "closed_at": LOOK, "cause": "other", "note": "x"}
    explained |= {"explained_by": "x", "evidence": {"given": [], "found": {"recorded": False}}}
    refused = {"registros": [{"dispositivoId": "8903", "parametros": [{"nombre": "Q"}]}]}
    ComplianceData.objects.filter(status="HELD").update(document=refused)
    Obligation.objects.filter(submission__status="HELD").update(next_look_at=None, **explained)
    assert len(sma_user.get(DAY).json()[0]["parametros"]) == 3


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (DAY.replace("1234", "4321"), 403),
        (DAY.replace("568", "999"), 403),
        (DAY.replace("8903", "1"), 400),
        (DAY.replace("2024-05-13", "13-05-2024"), 400),
        (DAY.replace("2024-05-13", "2024-05-14"), 400),
        (DAY.replace("2024-05-13", "2022-11-12"), 400),
    ],
)
def test_what_is_wrong_is_told_with_the_resolutions_codes(sma_user: Any, reported: Any, path: str, status: int) -> None:
    response = sma_user.get(path)
    assert (response.status_code, list(response.json())) == (status, ["mensaje"])


def test_a_proceso_of_another_company_is_not_there(make_process: Make) -> None:
    make_process(company_rut="11111111-1")
    other = api_client(log_in(issue(company_rut=COMPANY, note="", by="x", now=LOOK)).json()["token"])
    own = api_client(log_in(issue(company_rut="11111111-1", note="", by="x", now=LOOK)).json()["token"])
    assert (other.get(DAY).status_code, own.get(DAY).status_code) == (403, 200)


@pytest.mark.parametrize(
    "said", [{}, {"usuario": "x"}, {"usuario": 1, "password": "x"}, {"usuario": "", "password": ""}, ["x"]]
)
def test_a_log_in_that_is_none_is_400(said: Any) -> None:
    response = api_client().post(AUTH, said, format="json")
    assert (response.status_code, list(response.json())) == (400, ["mensaje"])


def test_a_body_that_is_no_json_is_400() -> None:
    response = api_client().post(AUTH, b"{usuario", content_type="application/json")
    assert (response.status_code, list(response.json())) == (400, ["mensaje"])


def test_a_wrong_password_and_an_unknown_user_are_told_the_same(credential: tuple[HistoryCredential, str]) -> None:
    row, password = credential
    wrong = api_client().post(AUTH, {"usuario": row.usuario, "password": "otra"}, format="json")
    unknown = api_client().post(AUTH, {"usuario": "nadie", "password": password}, format="json")
    assert (wrong.status_code, unknown.status_code) == (401, 401)
    assert wrong.json() == unknown.json()


def test_a_token_lives_24_hours(credential: tuple[HistoryCredential, str], reported: Any, at: Make) -> None:
    client = api_client(log_in(credential).json()["token"])
    at(LOOK + timedelta(hours=25) - timedelta(seconds=1))
    assert client.get(DAY).status_code == 200
    at(LOOK + timedelta(hours=25))
    assert client.get(DAY).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer x", "Basic abc", "bearer x.y.z"])
def test_without_a_token_nobody_reads(reported: Any, header: str) -> None:
    assert api_client().get(DAY, HTTP_AUTHORIZATION=header).status_code == 401


def test_tokens_of_this_system_do_not_open_the_history_nor_the_other_way_round(
    sma_user: Any, credential: tuple[HistoryCredential, str], reported: Any
) -> None:
    assert api_client(user_token()).get(DAY).status_code == 401
    assert sma_user.get("/api/compliance/data/").status_code == 401
    forged = jwt.encode({"sub": str(credential[0].id), "aud": tokens.AUDIENCE, "iat": 1, "exp": 9e9}, "k" * 32)
    with pytest.raises(NotAuthenticated):
        tokens.read(forged, now=LOOK)


def test_a_revoked_credential_ends_with_its_tokens(credential: tuple[HistoryCredential, str], reported: Any) -> None:
    client, staff = api_client(log_in(credential).json()["token"]), api_client(user_token())
    path = f"/api/compliance/history-credentials/{credential[0].id}/revoke/"
    assert staff.post(path, {}, format="json").json()["revoked_by"] == "user:ops@example.cl"
    assert (client.get(DAY).status_code, log_in(credential).status_code) == (401, 401)
    assert staff.post(path, {}, format="json").status_code == 409


def test_a_password_is_shown_once_and_kept_nowhere(reported: Any) -> None:
    staff = api_client(user_token())
    made = staff.post("/api/compliance/history-credentials/", {"company_rut": "76.000.000-0"}, format="json")
    assert made.status_code == 201
    password = made.json()["password"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(c)::text FROM history_credential c")
        assert password not in cursor.fetchone()[0]
    listed = staff.get("/api/compliance/history-credentials/")
    assert password not in listed.content.decode()
    assert listed.json()["results"][0]["company_rut"] == COMPANY
    used = api_client().post(AUTH, {"usuario": made.json()["usuario"], "password": password}, format="json")
    assert used.status_code == 200
    assert staff.get("/api/compliance/history-credentials/").json()["results"][0]["last_used_at"] is not None


def test_credentials_come_page_by_page_the_newest_first() -> None:
    for hour in range(5):
        issue(company_rut=COMPANY, note=str(hour), by="x", now=LOOK + timedelta(hours=hour // 2))
    staff, seen, cursor = api_client(user_token()), [], ""
    while cursor is not None:
        page = staff.get("/api/compliance/history-credentials/", {"limit": 2, **({"cursor": cursor} if cursor else {})})
        seen += [row["note"] for row in page.json()["results"]]
        cursor = page.json()["next"]
    assert sorted(seen) == ["0", "1", "2", "3", "4"]
    assert seen[0] == "4"


def test_only_who_sees_everything_has_a_say(credential: tuple[HistoryCredential, str]) -> None:
    path = "/api/compliance/history-credentials/"
    some = api_client(user_token(points=[]))
    reader = api_client(user_token(scopes=["compliance:read"]))
    assert (some.get(path).status_code, reader.get(path).status_code, api_client().get(path).status_code) == (
        403,
        200,
        401,
    )
    assert reader.post(path, {"company_rut": COMPANY}, format="json").status_code == 403
    assert some.post(path, {"company_rut": COMPANY}, format="json").status_code == 403
    wrong = api_client(user_token()).post(path, {"company_rut": "76000000-1"}, format="json")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "company_rut")


def test_who_asks_too_often_is_kept_out_with_a_code_of_the_resolution(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("compliance_service.history.public.ByAddress.rate", "2/min")
    said = [api_client().post(AUTH, {}, format="json") for _ in range(3)]
    assert [response.status_code for response in said] == [400, 400, 403]
    assert "espere" in said[2].json()["mensaje"]


def test_a_failure_of_ours_is_500_and_says_nothing(
    sma_user: Any, reported: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("compliance_service.history.public.registros", fail)
    response = sma_user.get(DAY)
    assert (response.status_code, response.json()) == (500, {"mensaje": "Error interno"})
    assert "secret detail" in caplog.text


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("history_credential_of_a_company", {"company_rut": ""}),
        ("history_credential_revoked_by_whom", {"revoked_at": LOOK}),
        ("history_credential_revoked_by_whom", {"revoked_by": "x"}),
    ],
)
def test_the_database_states_what_a_credential_is(
    credential: tuple[HistoryCredential, str], name: str, changes: dict[str, Any]
) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        HistoryCredential.objects.update(**changes)


def test_a_usuario_is_there_once(credential: tuple[HistoryCredential, str]) -> None:
    other, _ = issue(company_rut=COMPANY, note="", by="x", now=LOOK)
    with pytest.raises(IntegrityError, match="history_credential_usuario_once"), transaction.atomic():
        HistoryCredential.objects.filter(id=other.id).update(usuario=credential[0].usuario)
