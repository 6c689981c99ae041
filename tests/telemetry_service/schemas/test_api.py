"""Schemas made, read, changed and taken away."""

from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from shared.testing import api_client, user_token
from telemetry_service.schemas.models import TelemetrySchema
from tests.telemetry_service.schemas.conftest import WELL

pytestmark = pytest.mark.django_db
SCHEMAS = "/api/telemetry/schemas/"
NOW = datetime(2026, 1, 2, tzinfo=UTC)


def post(**changes: Any) -> Any:
    return api_client(user_token()).post(SCHEMAS, {**WELL, **changes}, format="json")


def errors_of(response: Any, status: int = 400) -> dict[str, dict[str, Any]]:
    assert response.status_code == status, response.content
    return {error["field"]: error for error in response.json()["errors"]}


def test_a_schema_is_made_and_read_back() -> None:
    made = post().json()
    client = api_client(user_token())
    assert client.get(f"{SCHEMAS}{made['id']}/").json() == made
    assert {name: made[name] for name in WELL} == WELL
    assert made["updated_by"] == "user:ops@example.cl"
    assert [one["id"] for one in client.get(SCHEMAS, {"schema_type": "DASHBOARD"}).json()["results"]] == [made["id"]]
    assert client.get(SCHEMAS, {"schema_type": "ALERT"}).json()["results"] == []


def test_what_is_wrong_is_said_with_its_path() -> None:
    errors = errors_of(post(display_config={"flow": {"unit": "kg"}}, validation_rules={"ph": {}}))
    assert set(errors) == {"display_config.flow.unit", "validation_rules.ph"}
    assert errors["display_config.flow.unit"]["received"] == "kg"
    assert set(errors_of(post(schema_type="PAGE"))) == {"schema_type"}
    assert set(errors_of(post(colour="red"))) == {"colour"}
    assert not TelemetrySchema.objects.exists()


def test_a_change_is_checked_as_a_whole() -> None:
    schema, client = f"{SCHEMAS}{post().json()['id']}/", api_client(user_token())
    changed = client.patch(schema, {"validation_rules": {"flow": {"max": 9}}}, format="json").json()
    assert (changed["validation_rules"], changed["variables"]) == ({"flow": {"max": 9}}, WELL["variables"])
    errors = errors_of(client.patch(schema, {"variables": ["flow"]}, format="json"))
    assert "grouping_config.groups.0.variables.0" in errors


def test_a_name_is_taken_once() -> None:
    post()
    assert set(errors_of(post(), 409)) == {"name"}


def test_a_schema_goes_and_is_not_there() -> None:
    schema, client = f"{SCHEMAS}{post().json()['id']}/", api_client(user_token())
    assert client.delete(schema).status_code == 204
    for answer in (client.get(schema), client.delete(schema), client.patch(schema, {}, format="json")):
        assert answer.status_code == 404


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"name": ""}, "schema_name_given"),
        ({"schema_type": "PAGE"}, "schema_type_known"),
        ({"variables": []}, "schema_shows_something"),
        ({}, "schema_name_once"),
    ],
)
def test_constraints(change: dict[str, Any], constraint: str) -> None:
    said = {"name": "x", "schema_type": "CUSTOM", "variables": ["flow"], "updated_by": "x"}
    TelemetrySchema.objects.create(**said, created_at=NOW, updated_at=NOW)
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        TelemetrySchema.objects.create(**{**said, **change}, created_at=NOW, updated_at=NOW)
    assert constraint in str(error.value)
