"""A source's row over the API: what may be written, who wrote it, and that works are not stranded by it."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from compliance_service.authorities.dga.defaults import REQUIRED_SCHEMA, VARIABLES
from compliance_service.authorities.models import ComplianceSource
from compliance_service.authorities.operations import put_in_force
from compliance_service.ledger.models import LedgerEntry
from compliance_service.ledger.operations import seal
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import LOOK

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
URL, NOTE = "/api/compliance/sources/DGA/", "circular 7, leída por una persona"


@pytest.fixture
def operator(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("shared.clock.now", lambda: LOOK)
    return api_client(user_token(proved_at=LOOK))


def patch(client: Any, *, note: str = NOTE, **changes: Any) -> Any:
    return client.patch(URL, changes | {"note": note}, format="json")


def facts() -> list[dict[str, Any]]:
    """What the ledger says of DGA's row, the oldest first."""
    seal(LOOK)
    bodies = LedgerEntry.objects.filter(work="DGA").order_by("seq").values_list("body", flat=True)
    told = [fact for body in bodies for fact in json.loads(bytes(body))["facts"]]
    return [fact for fact in told if fact["kind"] == "source"]


def test_what_is_given_is_changed_and_the_rest_stays(operator: Any) -> None:
    before = operator.get(URL).json()
    assert (before["changed_at"], before["changed_by"]) == (None, "")
    answer = patch(operator, timeout_s=20, base_url="https://nueva.example.cl/api/v2", description="otra")
    assert answer.status_code == 200
    said = answer.json()
    assert said == operator.get(URL).json()
    assert said["config"] == before["config"] | {"timeout_s": 20, "base_url": "https://nueva.example.cl/api/v2"}
    assert (said["description"], said["name"]) == ("otra", before["name"])
    assert (said["changed_at"], said["changed_by"], said["changed_note"]) == (
        "2024-05-13T14:02:00Z",
        "user:ops@example.cl",
        NOTE,
    )


def test_a_change_is_a_fact_of_the_ledger_with_who_when_and_why(operator: Any) -> None:
    count = len(facts())
    patch(operator, supported_variables=[*VARIABLES, "mean_flow"])
    (fact,) = facts()[count:]
    assert (fact["row"], fact["by"], fact["changed_note"]) == ("DGA", "user:ops@example.cl", NOTE)
    assert fact["at"].startswith("2024-05-13T14:02:00")
    assert fact["supported_variables"] == [*VARIABLES, "mean_flow"]


def test_a_change_by_hand_names_the_login_and_not_whoever_was_last(operator: Any) -> None:
    patch(operator, timeout_s=20)
    count = len(facts())
    with connection.cursor() as cursor:
        cursor.execute("UPDATE compliance_source SET name = 'otra' WHERE code = 'DGA' RETURNING session_user")
        (login,) = cursor.fetchone()
    (fact,) = facts()[count:]
    assert (fact["by"], fact["at"]) == (f"database:{login}", None)


SCHEMA = "required_schema"
WRONG = [
    ("base_url", "http://apimee.mop.gob.cl/api/v1", "base_url"),
    ("base_url", "https://yo:clave@example.cl/api", "base_url"),
    ("base_url", "https://example.cl/api?x=1", "base_url"),
    ("base_url", "https://example.cl/api/", "base_url"),
    ("base_url", "https://[::1/api", "base_url"),
    ("base_url", "example.cl", "base_url"),
    ("timeout_s", 0, "timeout_s"),
    ("timeout_s", 61, "timeout_s"),
    ("timeout_s", "pronto", "timeout_s"),
    (SCHEMA, {"type": "objeto"}, SCHEMA),
    (SCHEMA, {"properties": {"caudal": {"pattern": "("}}}, SCHEMA),
    (SCHEMA, {"patternProperties": {"(": {}}}, SCHEMA),
    (SCHEMA, {"$ref": "https://example.cl/schema.json"}, SCHEMA),
    (SCHEMA, {"oneOf": [{"$ref": "otro.json"}]}, SCHEMA),
    (SCHEMA, {"description": "x" * 70_000}, SCHEMA),
    (SCHEMA, [], SCHEMA),
    ("supported_variables", ["Flow"], "supported_variables.0"),
    ("supported_variables", ["flow", "flow"], "supported_variables.1"),
    ("supported_variables", "flow", "supported_variables"),
    ("standards", {}, "standards"),
    ("name", "", "name"),
]


@pytest.mark.parametrize(("name", "value", "field"), WRONG)
def test_what_is_wrong_is_named_with_what_would_be_right_and_nothing_changes(
    operator: Any, name: str, value: Any, field: str
) -> None:
    before = operator.get(URL).json()
    answer = patch(operator, **{name: value})
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]
    assert operator.get(URL).json() == before


def test_no_change_at_all_and_no_reason_are_refused(operator: Any) -> None:
    assert patch(operator).status_code == 400
    answer = operator.patch(URL, {"timeout_s": 20}, format="json")
    assert (answer.status_code, [error["field"] for error in answer.json()["errors"]]) == (400, ["note"])


def test_a_schema_that_would_hold_every_hour_of_a_work_names_the_work(operator: Any, make_config: Make) -> None:
    make_config()
    schema = deepcopy(REQUIRED_SCHEMA)
    for shape in schema["oneOf"]:
        shape["properties"]["caudal"]["pattern"] = r"^\d+\.\d{3}$"
    answer = patch(operator, required_schema=schema)
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["works.OB-0601-101"]
    assert operator.get(URL).json()["required_schema"] == REQUIRED_SCHEMA


def test_a_variable_that_a_work_reports_stays_supported(operator: Any, make_config: Make) -> None:
    make_config()
    answer = patch(operator, supported_variables=["flow", "total"])
    assert answer.status_code == 400
    assert "water_table" in answer.json()["errors"][0]["problem"]


def test_where_no_work_minds_the_schema_may_be_another(operator: Any, make_config: Make) -> None:
    make_config()
    assert patch(operator, required_schema={}).json()["required_schema"] == {}


def test_a_source_that_is_switched_off_is_still_there_to_be_switched_on(operator: Any) -> None:
    assert patch(operator, is_active=False).json()["is_active"] is False
    assert patch(operator, is_active=True).json()["is_active"] is True


def test_it_asks_for_a_fresh_password_and_the_right_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.clock.now", lambda: LOOK)
    stale = patch(api_client(user_token()), timeout_s=20)
    assert (stale.status_code, stale.json()["code"]) == (403, "proof_needed")
    reader = api_client(user_token(scopes=["compliance:read"], proved_at=LOOK))
    assert patch(reader, timeout_s=20).status_code == 403


def test_no_such_source(operator: Any) -> None:
    assert operator.get("/api/compliance/sources/OTRA/").status_code == 404
    assert operator.patch("/api/compliance/sources/OTRA/", {"note": "x", "name": "y"}, format="json").status_code == 404


def test_rules_that_come_into_force_keep_the_address_and_say_so(operator: Any) -> None:
    patch(operator, base_url="https://nueva.example.cl/api/v2")
    rules = operator.get(f"{URL}rules/").json()["results"][0]["rules"]
    rules["pacing"]["backlog_gap_s"] = 600
    body = {"rules": rules, "valid_from": LOOK.isoformat(), "note": "otra"}
    assert operator.post(f"{URL}rules/", body, format="json").status_code == 201
    assert put_in_force(LOOK) == 1
    assert put_in_force(LOOK) == 0
    said = operator.get(URL).json()
    assert said["config"]["base_url"] == "https://nueva.example.cl/api/v2"
    assert said["config"]["pacing"]["backlog_gap_s"] == 600
    assert (said["changed_by"], said["changed_note"]) == ("system", "rige la versión 2 de las reglas")


@pytest.mark.parametrize("change", [{"changed_at": LOOK}, {"changed_by": "x"}, {"changed_note": "x"}])
def test_a_row_says_who_and_why_or_nothing(db: None, change: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match="compliance_source_changed_by_whom_and_why"), transaction.atomic():
        ComplianceSource.objects.filter(code="DGA").update(**change)
