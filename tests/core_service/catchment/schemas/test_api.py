"""Templates, the points that use them, and what the feed then gives."""

from datetime import datetime
from typing import Any

import pytest
from rest_framework.test import APIClient

from shared.testing import api_client, service_token, user_token

pytestmark = pytest.mark.django_db
TEMPLATES, USES, POINTS = "/api/core/schema-templates/", "/api/core/dynamic-schemas/", "/api/core/points/"
WELL = {
    "pulse_constants": {"total": {"pulses_per_liter": 1000, "calibration_factor": 1.0}},
    "pipe_diameter": 0.15,
    "limits": {"flow": [0, 50], "level": [0, 100]},
}
MARCH, APRIL, MAY = "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z", "2026-05-01T00:00:00Z"


def errors_of(response: Any, status: int = 400) -> dict[str, dict[str, Any]]:
    assert response.status_code == status, response.content
    return {error["field"]: error for error in response.json()["errors"]}


def template(staff: APIClient, config: Any = WELL, name: str = "Pozo profundo", **more: Any) -> dict[str, Any]:
    response = staff.post(TEMPLATES, {"name": name, "config": config, **more}, format="json")
    assert response.status_code == 201, response.content
    return dict(response.json())


def use(staff: APIClient, point: Any, chosen: dict[str, Any], status: int = 201, **more: Any) -> Any:
    body = {"point": str(point.id), "template": chosen["id"], "valid_from": None, **more}
    response = staff.post(USES, body, format="json")
    assert response.status_code == status, response.content
    return response.json() if status < 400 else response


def feed_of(point: Any) -> list[dict[str, Any]]:
    changes = api_client(service_token("telemetry", "core")).get("/api/core/points/changes/", {"limit": 1000}).json()
    (found,) = [one for one in changes["results"] if one["id"] == str(point.id)]
    return [(one["version"], one["valid_from"], one["config"]) for one in found["configs"]]


def test_a_template_is_made_and_read_back(staff: APIClient) -> None:
    made = template(staff, category="pozos")
    read = staff.get(f"{TEMPLATES}{made['id']}/").json()
    assert (read["config"], read["config_version"], read["versions"][0]["valid_to"]) == (WELL, 1, None)
    assert [one["name"] for one in staff.get(TEMPLATES, {"category": "pozos"}).json()["results"]] == ["Pozo profundo"]


def test_the_point_has_the_template_with_its_own_before_it(staff: APIClient, make_point: Any) -> None:
    own = {"sensor_depth": 60, "limits": {"flow": [0, 20], "level": None}}
    point = make_point(config={"sensor_depth": 60})
    use(staff, point, template(staff), custom_config=own)
    body = staff.get(f"{POINTS}{point.id}/").json()
    assert body["config"] == WELL | {"sensor_depth": 60, "limits": {"flow": [0, 20]}}
    assert body["custom_config"] == own
    assert feed_of(point)[-1] == (2, None, body["config"])


def test_a_part_completes_the_template(staff: APIClient, make_point: Any) -> None:
    """Neither could stand alone: a pulse constant needs its pulses."""
    point = make_point()
    part = {"pulse_constants": {"total": {"calibration_factor": 1.023}}}
    assert "config.pulse_constants.total.pulses_per_liter" in errors_of(
        staff.patch(f"{POINTS}{point.id}/", {"config": part}, format="json")
    )
    use(staff, point, template(staff))
    body = staff.patch(f"{POINTS}{point.id}/", {"config": part, "config_valid_from": None}, format="json").json()
    assert body["config"]["pulse_constants"]["total"] == {"pulses_per_liter": 1000, "calibration_factor": 1.023}


def test_a_change_of_the_template_is_a_version_of_every_point_that_uses_it(staff: APIClient, make_point: Any) -> None:
    chosen = template(staff)
    one, two, other = (make_point(f"OB-{n}", config={"sensor_depth": n}) for n in (1, 2, 3))
    for point in (one, two):
        use(staff, point, chosen)
    change = {"config": {**WELL, "pipe_diameter": 0.2}, "config_valid_from": APRIL}
    answer = staff.patch(f"{TEMPLATES}{chosen['id']}/", change, format="json").json()
    assert sorted(one["code"] for one in answer["changes"]) == ["OB-1", "OB-2"]
    assert [version["valid_to"] for version in answer["versions"]] == [APRIL, None]
    for point, depth in ((one, 1), (two, 2)):
        assert feed_of(point)[-1] == (3, APRIL, {**WELL, "pipe_diameter": 0.2, "sensor_depth": depth})
    assert feed_of(other) == [(1, None, {"sensor_depth": 3})]


def test_a_dry_run_says_what_would_change_and_changes_nothing(
    staff: APIClient, make_point: Any, hints: list[str]
) -> None:
    chosen, point = template(staff), make_point()
    use(staff, point, chosen)
    before = feed_of(point)
    change = {"config": {"pipe_diameter": 0.3}, "config_valid_from": MAY, "dry_run": True}
    answer = staff.patch(f"{TEMPLATES}{chosen['id']}/", change, format="json").json()
    assert [one["config"] for one in answer["changes"][0]["configs"]] == [{"pipe_diameter": 0.3}]
    assert (answer["dry_run"], answer["config_version"], feed_of(point)) == (True, 1, before)
    assert use(staff, make_point("B"), chosen, 200, dry_run=True)["changes"][0]["code"] == "B"
    assert len(staff.get(USES).json()["results"]) == 1


def test_a_template_is_used_from_to(staff: APIClient, make_point: Any) -> None:
    point, chosen = make_point(config={"sensor_depth": 60}), template(staff, {"pipe_diameter": 0.15})
    use(staff, point, chosen, valid_from=MARCH, valid_to=APRIL)
    both, alone = {"pipe_diameter": 0.15, "sensor_depth": 60}, {"sensor_depth": 60}
    assert feed_of(point) == [(1, None, alone), (2, MARCH, both), (3, APRIL, alone)]


def test_a_use_can_end_and_another_begin_there(staff: APIClient, make_point: Any) -> None:
    point, first = make_point(), template(staff, {"pipe_diameter": 0.15})
    second = template(staff, {"pipe_diameter": 0.3}, "Otra")
    made = use(staff, point, first, valid_from=MARCH)
    ended = staff.patch(f"{USES}{made['id']}/", {"valid_to": MAY}, format="json").json()
    assert (ended["valid_to"], ended["changes"][0]["configs"][0]["config"]) == (MAY, {})
    use(staff, point, second, valid_from=MAY)
    holding = {one[1]: one[2] for one in feed_of(point)}
    assert holding[MAY] == {"pipe_diameter": 0.3}


@pytest.mark.parametrize(
    "period", [(None, None), (MARCH, None), (None, MAY), ("2026-04-15T00:00:00Z", "2026-04-16T00:00:00Z"), (MARCH, MAY)]
)
def test_two_templates_at_a_time_are_refused(
    staff: APIClient, make_point: Any, period: tuple[str | None, str | None]
) -> None:
    point, chosen = make_point(), template(staff)
    use(staff, point, chosen, valid_from=APRIL, valid_to=MAY)
    start, end = period
    error = errors_of(use(staff, point, chosen, 409, valid_from=start, valid_to=end), 409)["valid_from"]
    assert "se cruza" in error["problem"]
    use(staff, make_point("B"), chosen, valid_from=start, valid_to=end)


def test_a_use_that_ends_before_it_begins_is_refused(staff: APIClient, make_point: Any) -> None:
    refused = use(staff, make_point(), template(staff), 409, valid_from=MAY, valid_to=MARCH)
    assert set(errors_of(refused, 409)) == {"valid_to"}


def test_a_change_that_a_point_could_not_complete_is_refused_and_names_it(staff: APIClient, make_point: Any) -> None:
    point, chosen = make_point("OB-7", config={"sensor_depth": 60}), template(staff)
    use(staff, point, chosen)
    change = {"config": {"well_depth": 50}, "config_valid_from": MAY}
    response = staff.patch(f"{TEMPLATES}{chosen['id']}/", change, format="json")
    assert errors_of(response)["config.sensor_depth"]["received"] == 60
    assert "OB-7" in response.json()["detail"]
    assert MAY[:10] in response.json()["detail"]
    assert staff.get(f"{TEMPLATES}{chosen['id']}/").json()["config_version"] == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"config": {"well_deph": 3}}, "config.well_deph"),
        ({"config": {"pipe_diameter": 150}}, "config.pipe_diameter"),
        ({"config": []}, "config"),
        ({"name": ""}, "name"),
        ({"nombre": "x"}, "nombre"),
        ({"config_valid_from": MAY}, "config_valid_from"),
    ],
)
def test_a_bad_template_is_refused_by_its_field(staff: APIClient, change: dict[str, Any], field: str) -> None:
    chosen = template(staff)
    assert set(errors_of(staff.patch(f"{TEMPLATES}{chosen['id']}/", change, format="json"))) == {field}


def test_a_name_is_taken_once_and_a_used_template_stays(staff: APIClient, make_point: Any) -> None:
    chosen = template(staff)
    response = staff.post(TEMPLATES, {"name": chosen["name"], "config": {}}, format="json")
    assert "name" in errors_of(response, 409)
    free = template(staff, name="Libre")
    assert staff.delete(f"{TEMPLATES}{free['id']}/").status_code == 204
    use(staff, make_point(), chosen)
    assert staff.delete(f"{TEMPLATES}{chosen['id']}/").status_code == 409
    assert staff.delete(f"{TEMPLATES}{free['id']}/").status_code == 404


def test_who_may_only_read_changes_nothing_and_others_points_are_not_there(make_point: Any, staff: APIClient) -> None:
    mine, other, chosen = make_point("MIO"), make_point("AJENO"), template(staff)
    made = use(staff, other, chosen)
    reader = api_client(user_token(scopes=["core:read"], points=[mine.id]))
    assert reader.post(TEMPLATES, {"name": "x"}, format="json").status_code == 403
    assert reader.get(USES).json()["results"] == []
    assert reader.get(f"{USES}{made['id']}/").status_code == 404
    writer = api_client(user_token(points=[mine.id]))
    body = {"point": str(other.id), "template": chosen["id"]}
    assert set(errors_of(writer.post(USES, body, format="json"))) == {"point"}


def test_by_default_it_holds_from_now(staff: APIClient, make_point: Any) -> None:
    point, chosen = make_point(), template(staff)
    response = staff.post(USES, {"point": str(point.id), "template": chosen["id"]}, format="json")
    assert datetime.fromisoformat(response.json()["valid_from"]) is not None
    assert feed_of(point)[0] == (1, None, {})
