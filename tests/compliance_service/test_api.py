from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from compliance_service.obligations.models import ComplianceConfig
from shared.testing import api_client, service_token, user_token
from tests.compliance_service.conftest import LOOK, SLOT, Regulator, Telemetry

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
READ = ["compliance:read"]


@pytest.fixture
def staff() -> Any:
    return api_client(user_token())


def body(known: Any, /, **changes: Any) -> dict[str, Any]:
    said = {
        "point": str(known.id),
        "source": "DGA",
        "work_code": "OB-0601-101",
        "standard": "MAYOR",
        "informant_rut": "12.345.678-5",
        "company_rut": "76000000-0",
        "password": "synthetic-secret",
        "start_date": "2024-05-13T10:00:00-04:00",
    }
    return said | changes


def test_sources_name_each_regulator_with_its_standards(staff: Any) -> None:
    dga, sma = staff.get("/api/compliance/sources/").json()["results"]
    assert (dga["code"], dga["config"]["standards"]["MAYOR"]["lag_days"]) == ("DGA", 7)
    assert (sma["code"], sma["config"]["standards"]["MINUTO"]["every"]) == ("SMA", "minute")


def test_a_configuration_comes_back_without_its_password(staff: Any, make_point: Make) -> None:
    response = staff.post("/api/compliance/configs/", body(make_point()), format="json")
    assert response.status_code == 201
    assert response.json()["informant_rut"] == "12345678-5"
    assert "synthetic-secret" not in response.content.decode()
    assert "synthetic-secret" not in staff.get("/api/compliance/configs/").content.decode()
    assert ComplianceConfig.objects.get().created_by == "user:ops@example.cl"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("point", "x"),
        ("point", str(uuid4())),
        ("source", "DGX"),
        ("work_code", "OB-1-1"),
        ("standard", "GRANDE"),
        ("informant_rut", "12345678-4"),
        ("company_rut", "76"),
        ("password", ""),
        ("start_date", "2024-05-13T10:00:00"),
        ("start_date", "ayer"),
        ("end_date", "2024-05-13T09:00:00-04:00"),
        ("unknown", 1),
    ],
)
def test_a_wrong_field_is_named_with_what_would_be_right(staff: Any, make_point: Make, field: str, value: Any) -> None:
    response = staff.post("/api/compliance/configs/", body(make_point(), **{field: value}), format="json")
    (error,) = response.json()["errors"]
    assert (response.status_code, error["field"], bool(error["expected"])) == (400, field, True)
    assert ComplianceConfig.objects.count() == 0


def test_a_second_configuration_of_a_work_is_a_conflict(staff: Any, make_point: Make) -> None:
    staff.post("/api/compliance/configs/", body(make_point()), format="json")
    response = staff.post("/api/compliance/configs/", body(make_point("OB-0601-102")), format="json")
    assert response.status_code == 409


@pytest.mark.parametrize("path", ["configs/", "data/", "obligations/summary/", "sources/"])
def test_nobody_reads_without_a_token_or_scope(path: str) -> None:
    assert api_client().get(f"/api/compliance/{path}").status_code == 401
    assert api_client(user_token(scopes=["core:read"])).get(f"/api/compliance/{path}").status_code == 403


def test_a_reader_cannot_write(make_point: Make) -> None:
    client = api_client(user_token(scopes=READ))
    assert client.post("/api/compliance/configs/", body(make_point()), format="json").status_code == 403
    assert client.post("/api/compliance/obligations/explain/", {}, format="json").status_code == 403


def test_data_shows_the_receipt_and_every_step_on_the_way(
    staff: Any, make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make
) -> None:
    config = make_config()
    telemetry.good(config.point_id)
    run()
    (row,) = staff.get("/api/compliance/data/", {"point": str(config.point_id)}).json()["results"]
    assert (row["status"], row["voucher"]) == ("CONFIRMED", regulator.records()[0]["voucher"])
    whole = staff.get(f"/api/compliance/data/{row['id']}/").json()
    assert [move["to"] for move in whole["moves"]] == ["PENDING", "SENT", "CONFIRMED"]
    assert "hmac-sha256:1:" in whole["attempts"][0]["request_body"]
    assert row["voucher"] in whole["attempts"][0]["response_body"]


def test_data_go_on_page_by_page(
    staff: Any, make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make
) -> None:
    for code in ("OB-0601-101", "OB-0601-102", "OB-0601-103"):
        telemetry.good(make_config(code).point_id)
    run()
    seen, cursor = [], ""
    while cursor is not None:
        page = staff.get("/api/compliance/data/", {"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [row["work_code"] for row in page["results"]]
        cursor = page["next"]
    assert sorted(seen) == ["OB-0601-101", "OB-0601-102", "OB-0601-103"]


@pytest.mark.parametrize(
    "query", [{"status": "LOST"}, {"point": "x"}, {"from": "ayer"}, {"cursor": "e30"}, {"limit": "0"}, {"pont": "x"}]
)
def test_a_wrong_filter_is_named(staff: Any, query: dict[str, str]) -> None:
    response = staff.get("/api/compliance/data/", query)
    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (400, list(query))


def test_an_owner_sees_the_works_of_his_points_only(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make
) -> None:
    own, other = make_config(), make_config("OB-0601-102")
    for config in (own, other):
        telemetry.good(config.point_id)
    run()
    client = api_client(user_token(scopes=READ, points=[own.point_id]))
    for path in ("configs/", "data/", "obligations/summary/"):
        assert [row["work_code"] for row in client.get(f"/api/compliance/{path}").json()["results"]] == ["OB-0601-101"]
    assert client.get("/api/compliance/data/", {"point": str(other.point_id)}).status_code == 403
    assert client.get("/api/compliance/obligations/summary/", {"point": str(other.point_id)}).status_code == 403
    hidden = api_client(user_token()).get("/api/compliance/data/", {"point": str(other.point_id)}).json()["results"][0]
    assert client.get(f"/api/compliance/data/{hidden['id']}/").status_code == 404


def test_an_explanation_answers_for_each_hour(staff: Any, make_config: Make, settings: Any) -> None:
    config = make_config(hours=2)
    said = {
        "config": str(config.id),
        "from": SLOT.isoformat(),
        "to": "2024-05-13T16:00:00Z",
        "cause": "power_failure",
        "note": "corte de luz",
    }
    response = staff.post("/api/compliance/obligations/explain/", said, format="json")
    assert [row["verdict"] for row in response.json()["results"]] == ["explained", "explained"]


@pytest.mark.parametrize(
    ("field", "value"), [("cause", "lazy"), ("note", ""), ("to", "2024-05-13T14:00:00Z"), ("from", "x"), ("why", "x")]
)
def test_a_wrong_explanation_is_refused(staff: Any, make_config: Make, field: str, value: str) -> None:
    said = {
        "config": str(make_config().id),
        "from": SLOT.isoformat(),
        "to": "2024-05-13T16:00:00Z",
        "cause": "other",
        "note": "x",
    }
    response = staff.post("/api/compliance/obligations/explain/", said | {field: value}, format="json")
    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (400, [field])


def test_an_unknown_configuration_cannot_be_explained(staff: Any) -> None:
    said = {"config": str(uuid4()), "from": SLOT.isoformat(), "to": LOOK.isoformat(), "cause": "other", "note": "x"}
    assert staff.post("/api/compliance/obligations/explain/", said, format="json").status_code == 404


def test_a_hint_of_core_is_taken_and_nobody_elses() -> None:
    accepted = api_client(service_token("core")).post("/api/compliance/points/sync/", {}, format="json")
    refused = api_client(user_token()).post("/api/compliance/points/sync/", {}, format="json")
    assert (accepted.status_code, refused.status_code) == (202, 403)


def test_who_reports_can_change_and_the_password_stays_hidden(staff: Any, make_config: Make) -> None:
    config = make_config()
    said = {"informant_rut": "11.111.111-1", "password": "another-secret", "is_active": False}
    response = staff.patch(f"/api/compliance/configs/{config.id}/", said, format="json")
    assert (response.status_code, response.json()["informant_rut"], response.json()["is_active"]) == (
        200,
        "11111111-1",
        False,
    )
    assert "another-secret" not in response.content.decode()
    config.refresh_from_db()
    assert config.password == "another-secret"


@pytest.mark.parametrize(
    ("field", "value"), [("informant_rut", "1-1"), ("end_date", "2000-01-01T00:00:00Z"), ("work_code", "OB-0601-9")]
)
def test_a_wrong_change_is_refused_whole(staff: Any, make_config: Make, field: str, value: str) -> None:
    config = make_config()
    said = {"company_rut": "11111111-1", field: value}
    response = staff.patch(f"/api/compliance/configs/{config.id}/", said, format="json")
    assert (response.status_code, [error["field"] for error in response.json()["errors"]]) == (400, [field])
    config.refresh_from_db()
    assert config.company_rut == "76000000-0"


def test_a_stopped_work_goes_on_when_its_informant_was_mended(
    staff: Any, make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, clock: Any, monkeypatch: Any
) -> None:
    config = make_config(informant_rut="11111111-1")
    telemetry.good(config.point_id)
    run()
    monkeypatch.setattr("shared.clock.now", lambda: LOOK + timedelta(hours=1))
    client = api_client(user_token())
    client.patch(f"/api/compliance/configs/{config.id}/", {"informant_rut": "12345678-5"}, format="json")
    resumed = client.post(f"/api/compliance/configs/{config.id}/resume/", {}, format="json")
    assert resumed.json()["to_send_again"] == 1
    assert run(LOOK + timedelta(hours=2)) == 0
    assert run(LOOK + timedelta(days=1)) == 1
    assert len(regulator.records()) == 1
    assert client.post(f"/api/compliance/configs/{config.id}/resume/", {}, format="json").status_code == 409
