"""A proceso of SMA as a configuration: what the API takes, and what it names as wrong."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from compliance_service.authorities.models import ComplianceSource
from compliance_service.ledger.models import LedgerPending
from compliance_service.obligations.models import ComplianceConfig, Obligation
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import SLOT

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
PATH = "/api/compliance/configs/"
Q = {"name": "Q", "unit": "l/s", "variable": "flow"}


def body(point: Any, /, **changes: Any) -> dict[str, Any]:
    said = {
        "point": str(point.id),
        "source": "SMA",
        "work_code": "1234/567",
        "standard": "MINUTO",
        "company_rut": "76.000.000-0",
        "password": "synthetic-secret",
        "start_date": SLOT.isoformat(),
        "terms": {"devices": [{"id": "8901", "parameters": [Q]}]},
    }
    return said | changes


@pytest.fixture
def staff() -> Any:
    return api_client(user_token())


def test_a_proceso_is_taken_with_its_terms_and_without_an_informant(staff: Any, make_point: Make) -> None:
    response = staff.post(PATH, body(make_point()), format="json")
    assert response.status_code == 201, response.content
    said = response.json()
    assert (said["company_rut"], said["informant_rut"]) == ("76000000-0", "")
    assert said["terms"]["devices"][0]["parameters"][0]["decimals"] == 2
    assert "synthetic-secret" not in response.content.decode()
    assert Obligation.objects.count() > 1000


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"work_code": "OB-0601-101"}, "work_code"),
        ({"work_code": "1234"}, "work_code"),
        ({"standard": "MAYOR"}, "standard"),
        ({"terms": {}}, "terms.devices"),
        (
            {"terms": {"devices": [{"id": "1", "parameters": [Q | {"unit": "gal"}]}]}},
            "terms.devices.0.parameters.0.unit",
        ),
        ({"terms": {"devices": [{"id": "1", "point": str(uuid4()), "parameters": [Q]}]}}, "terms"),
        ({"company_rut": ""}, "company_rut"),
    ],
)
def test_what_is_wrong_is_named(staff: Any, make_point: Make, changes: dict[str, Any], field: str) -> None:
    response = staff.post(PATH, body(make_point(), **changes), format="json")
    (error,) = response.json()["errors"]
    assert (response.status_code, error["field"], bool(error["expected"])) == (400, field, True)
    assert ComplianceConfig.objects.count() == 0


def test_dga_takes_no_devices_and_needs_its_informant(staff: Any, make_point: Make) -> None:
    said = body(make_point(), source="DGA", work_code="OB-0601-101", standard="MAYOR")
    fields = []
    for more in ({"informant_rut": "12345678-5"}, {"terms": {}}):
        (error,) = staff.post(PATH, said | more, format="json").json()["errors"]
        fields.append(error["field"])
    assert fields == ["terms.devices", "informant_rut"]


def test_who_may_not_see_a_point_may_not_report_it(make_point: Make) -> None:
    own, other = make_point(), make_point("OTRO")
    client = api_client(user_token(scopes=["compliance:write"], points=[own.id]))
    terms = {"devices": [{"id": "1", "point": str(other.id), "parameters": [Q]}]}
    assert client.post(PATH, body(own, terms=terms), format="json").status_code == 403
    made = client.post(PATH, body(own), format="json").json()
    assert client.patch(f"{PATH}{made['id']}/", {"terms": terms}, format="json").status_code == 403


def test_terms_can_change_and_the_ledger_knows(staff: Any, make_point: Make) -> None:
    made = staff.post(PATH, body(make_point()), format="json").json()
    LedgerPending.objects.all().delete()
    terms = {"devices": [{"id": "8902", "parameters": [Q]}]}
    response = staff.patch(f"{PATH}{made['id']}/", {"terms": terms}, format="json")
    assert response.json()["terms"]["devices"][0]["id"] == "8902"
    (fact,) = LedgerPending.objects.filter(kind="config")
    assert '"8902"' in fact.row
    wrong = staff.patch(f"{PATH}{made['id']}/", {"terms": {"devices": []}}, format="json")
    assert (wrong.status_code, wrong.json()["errors"][0]["field"]) == (400, "terms.devices")


def test_a_variable_that_the_source_does_not_take_is_named(staff: Any, make_point: Make) -> None:
    terms = {"devices": [{"id": "8901", "parameters": [Q | {"variable": "battery", "unit": "%"}]}]}
    response = staff.post(PATH, body(make_point(), terms=terms), format="json")
    (error,) = response.json()["errors"]
    assert (response.status_code, error["field"]) == (400, "terms")
    assert error["problem"] == "SMA no recibe la variable «battery»"
    assert "turbidity" in error["expected"]


def test_what_would_not_have_the_form_of_the_source_is_refused_when_it_is_saved(staff: Any, make_point: Make) -> None:
    schema = {"type": "object", "properties": {"registros": {"type": "array", "minItems": 2}}}
    ComplianceSource.objects.filter(code="SMA").update(required_schema=schema)
    point = make_point()
    response = staff.post(PATH, body(point), format="json")
    (error,) = response.json()["errors"]
    assert (response.status_code, error["field"], "registros" in error["problem"]) == (400, "terms", True)
    both = {"devices": [{"id": "8901", "parameters": [Q]}, {"id": "8902", "parameters": [Q]}]}
    made = staff.post(PATH, body(point, terms=both), format="json")
    assert made.status_code == 201
    one = {"terms": {"devices": [{"id": "8901", "parameters": [Q]}]}}
    changed = staff.patch(f"{PATH}{made.json()['id']}/", one, format="json")
    assert (changed.status_code, changed.json()["errors"][0]["field"]) == (400, "terms")
