from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from core_service.users.models import User
from shared.testing import api_client, service_token, user_token

pytestmark = pytest.mark.django_db
POINTS = "/api/core/points/"
TOTAL = {"pulses_per_liter": 1000, "calibration_factor": 1.023, "description": "Contador total"}
NEW = {
    "name": "Pozo 1",
    "code": "OB-0601-12",
    "point_type": "WELL",
    "latitude": -33.45,
    "longitude": "-70.6612",
    "altitude": 520,
    "config": {"pulse_constants": {"total": TOTAL}, "well_depth": 120.0, "sensor_depth": 60.0},
}


def errors_of(response: Any, status: int = 400) -> dict[str, dict[str, Any]]:
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    return {error["field"]: error for error in response.json()["errors"]}


def create(staff: APIClient, **changes: Any) -> dict[str, Any]:
    response = staff.post(POINTS, {**NEW, **changes}, format="json")
    assert response.status_code == 201, response.content
    return dict(response.json())


def test_a_point_is_created_and_read_back(staff: APIClient) -> None:
    body = create(staff)
    assert (body["latitude"], body["longitude"], body["altitude"]) == ("-33.450000", "-70.661200", "520.00")
    assert (body["status"], body["sampling_frequency"], body["device_id"], body["owner"]) == ("ACTIVE", 60, "", None)
    assert (body["config"], body["config_version"], body["config_valid_from"]) == (NEW["config"], 1, None)
    assert staff.get(f"{POINTS}{body['id']}/").json() == body


def test_both_readings_of_the_pulses_are_shown(staff: APIClient) -> None:
    assert create(staff)["pulse_readings"] == {
        "total": {
            "liters_per_pulse": "0.001",
            "example_pulses": 1_000_000,
            "example_m3": "1.023",
            "text": "0.001 litros por pulso; 1000000 pulsos son 1.023 m³",
        }
    }


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("name", None),
        ("code", " "),
        ("code", "a\x00b"),
        ("point_type", "SEA"),
        ("latitude", 90.1),
        ("latitude", "south"),
        ("latitude", "-33.1234567"),
        ("latitude", None),
        ("longitude", -181),
        ("altitude", 9001),
        ("altitude", "NaN"),
        ("status", "active"),
        ("sampling_frequency", 0),
        ("sampling_frequency", 1.5),
        ("sampling_frequency", 10**30),
        ("device_id", "x" * 201),
        ("owner", "me"),
        ("owner", "6f1c1f0e-3f0d-4f2e-9f6e-000000000000"),
        ("config", []),
        ("config_valid_from", "2026-03-01T00:00:00"),
        ("config_valid_from", "yesterday"),
        ("config_valid_from", "0001-01-01T00:00:00+14:00"),
    ],
)
def test_a_bad_field_is_named_with_what_came_and_what_would_be_right(
    staff: APIClient, field: str, value: object
) -> None:
    errors = errors_of(staff.post(POINTS, {**NEW, field: value}, format="json"))
    assert set(errors) == {field}
    assert errors[field]["problem"]
    assert errors[field]["expected"]
    assert errors[field]["received"] is not None or value is None
    assert staff.get(POINTS).json()["results"] == []


def test_inside_the_configuration_too(staff: APIClient) -> None:
    config = {"pulse_constants": {"total": {"pulses_per_liter": -5}}, "well_deph": 3, "limits": {"flow": [9, 1]}}
    errors = errors_of(staff.post(POINTS, {**NEW, "config": config, "latitude": 91}, format="json"))
    assert set(errors) == {
        "config.pulse_constants.total.pulses_per_liter",
        "config.well_deph",
        "config.limits.flow",
        "latitude",
    }
    assert errors["config.pulse_constants.total.pulses_per_liter"]["received"] == -5
    assert "well_depth" in errors["config.well_deph"]["expected"]


def test_unknown_fields_are_refused(staff: APIClient) -> None:
    errors = errors_of(staff.post(POINTS, {**NEW, "lattitude": 1}, format="json"))
    assert set(errors) == {"lattitude"}
    assert set(errors_of(staff.get(POINTS, {"stauts": "ACTIVE"}))) == {"stauts"}


@pytest.mark.parametrize("field", ["name", "code", "point_type", "latitude", "longitude"])
def test_what_must_be_given(staff: APIClient, field: str) -> None:
    assert set(errors_of(staff.post(POINTS, {k: v for k, v in NEW.items() if k != field}, format="json"))) == {field}


@pytest.mark.parametrize(("field", "value"), [("code", "OB-0601-12"), ("device_id", "logger-1")])
def test_what_another_point_has_is_a_conflict(staff: APIClient, field: str, value: str) -> None:
    create(staff, device_id="logger-1")
    other = {**NEW, "code": "OB-2", field: value}
    error = errors_of(staff.post(POINTS, other, format="json"), status=409)[field]
    assert (error["received"], bool(error["expected"])) == (value, True)


def test_a_change_of_config_is_a_new_version(staff: APIClient) -> None:
    point = f"{POINTS}{create(staff)['id']}/"
    body = staff.patch(point, {"config": {"well_depth": 130}}, format="json").json()
    assert (body["config"], body["config_version"], body["latitude"]) == ({"well_depth": 130}, 2, "-33.450000")
    assert [(one["version"], one["valid_from"] is None) for one in body["configs"]] == [(1, True), (2, False)]
    assert body["configs"][1]["author"] == "user:ops@example.cl"


def test_the_same_config_again_makes_no_version(staff: APIClient) -> None:
    point = f"{POINTS}{create(staff)['id']}/"
    for again in ({"config": NEW["config"]}, {"config": NEW["config"], "config_valid_from": None}):
        assert len(staff.patch(point, again, format="json").json()["configs"]) == 1


def test_a_config_of_the_future_does_not_hold_yet(staff: APIClient) -> None:
    point = f"{POINTS}{create(staff)['id']}/"
    change = {"config": {"well_depth": 130}, "config_valid_from": "2200-01-01T00:00:00-03:00"}
    body = staff.patch(point, change, format="json").json()
    assert (body["config_version"], body["configs"][1]["valid_from"]) == (1, "2200-01-01T03:00:00Z")


def test_a_correction_may_hold_from_the_beginning(staff: APIClient) -> None:
    point = f"{POINTS}{create(staff)['id']}/"
    body = staff.patch(point, {"config": {}, "config_valid_from": None}, format="json").json()
    assert (body["config"], body["config_version"], body["config_valid_from"]) == ({}, 2, None)


def test_a_date_without_a_config_says_so(staff: APIClient) -> None:
    point = f"{POINTS}{create(staff)['id']}/"
    errors = errors_of(staff.patch(point, {"config_valid_from": "2026-01-01T00:00:00Z"}, format="json"))
    assert errors["config_valid_from"]["expected"] == "enviarlo junto con config"


def test_a_bad_change_changes_nothing(staff: APIClient) -> None:
    body = create(staff)
    point = f"{POINTS}{body['id']}/"
    errors_of(staff.patch(point, {"name": "Otro", "config": {"well_depth": -1}}, format="json"))
    errors_of(staff.patch(point, {"id": str(uuid4())}, format="json"))
    assert staff.get(point).json() == body


def test_a_deleted_point_is_gone_but_keeps_its_code(staff: APIClient) -> None:
    point = f"{POINTS}{create(staff)['id']}/"
    assert staff.delete(point).status_code == 204
    assert [staff.get(point).status_code, staff.delete(point).status_code] == [404, 404]
    assert staff.patch(point, {"name": "x"}, format="json").status_code == 404
    errors_of(staff.post(POINTS, NEW, format="json"), status=409)


def test_pages_and_filters(staff: APIClient, make_point: Any) -> None:
    for code in ("C", "A", "B"):
        make_point(code, status="ACTIVE" if code == "A" else "OFFLINE")
    first = staff.get(POINTS, {"limit": 2}).json()
    rest = staff.get(POINTS, {"limit": 2, "cursor": first["next"]}).json()
    assert [point["code"] for point in first["results"] + rest["results"]] == ["A", "B", "C"]
    assert rest["next"] is None
    assert [point["code"] for point in staff.get(POINTS, {"status": "ACTIVE"}).json()["results"]] == ["A"]
    assert [point["code"] for point in staff.get(POINTS, {"code": "B"}).json()["results"]] == ["B"]


@pytest.mark.parametrize("cursor", ["x", "WyJcdTAwMDAiXQ", "WzEsMl0", "WyJcdWQ4MDAiXQ", "e30"])
def test_a_cursor_of_somewhere_else(staff: APIClient, cursor: str) -> None:
    assert set(errors_of(staff.get(POINTS, {"cursor": cursor}))) == {"cursor"}


def test_an_owner_sees_his_points_and_changes_none(make_point: Any) -> None:
    mine, other = make_point("A"), make_point("B")
    client = api_client(user_token(scopes=["core:read"], points=[mine.id]))
    assert [point["code"] for point in client.get(POINTS).json()["results"]] == ["A"]
    assert client.get(f"{POINTS}{mine.id}/").status_code == 200
    assert client.get(f"{POINTS}{other.id}/").status_code == 404
    for method in (client.patch, client.delete):
        assert method(f"{POINTS}{mine.id}/", {}, format="json").status_code == 403
    assert client.post(POINTS, NEW, format="json").status_code == 403


def test_without_a_token_nothing(db: None) -> None:
    assert api_client().get(POINTS).status_code == 401


def test_a_service_reads(make_point: Any) -> None:
    make_point()
    assert len(api_client(service_token("telemetry")).get(POINTS).json()["results"]) == 1


def test_an_owner_is_added_once(staff: APIClient, make_point: Any, owner: User) -> None:
    point = make_point()
    new = {"user": str(owner.id), "point": str(point.id), "permissions": {"ver": True}}
    body = staff.post("/api/users/owners/", new, format="json").json()
    assert (body["email"], body["ownership_type"], body["permissions"]) == (owner.email, "PRIMARY", {"ver": True})
    assert staff.get("/api/users/owners/").json() == {"results": [body], "next": None}
    assert "user" in errors_of(staff.post("/api/users/owners/", new, format="json"), status=409)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("user", str(uuid4())),
        ("user", 3),
        ("point", str(uuid4())),
        ("ownership_type", "TENANT"),
        ("permissions", []),
        ("permissions", {"a\x00": True}),
        ("permissions", {"ver": 1}),
        ("role", "x"),
    ],
)
def test_a_bad_owner(staff: APIClient, make_point: Any, owner: User, field: str, value: object) -> None:
    new = {"user": str(owner.id), "point": str(make_point().id), field: value}
    errors = errors_of(staff.post("/api/users/owners/", new, format="json"))
    assert set(errors) == {field}
    assert errors[field]["expected"]


def test_owners_are_seen_by_those_who_see_the_point(staff: APIClient, make_point: Any, owner: User) -> None:
    mine, other = make_point("A"), make_point("B")
    for point in (mine, other):
        staff.post("/api/users/owners/", {"user": str(owner.id), "point": str(point.id)}, format="json")
    client = api_client(user_token(scopes=["core:read"], points=[mine.id]))
    assert [one["code"] for one in client.get("/api/users/owners/").json()["results"]] == ["A"]


def test_a_change_tells_the_others_to_look(
    staff: APIClient, hints: list[str], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        create(staff)
    assert hints == ["core.send_change_hints"]
