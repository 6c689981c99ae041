import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from shared.testing import api_client, service_token, user_token
from shared.web.pages import encode_cursor
from telemetry_service.raw.models import Series
from telemetry_service.sources.models import Source, State

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
URL = "/api/telemetry/sources/"


@pytest.fixture
def body(make_provider: Make, make_point: Make) -> dict[str, Any]:
    return {
        "provider": str(make_provider("tago").id),
        "point": str(make_point().id),
        "params": {"token": "token-000-secreto"},
        "variables": [{"key": "caudal", "variable": "flow"}, {"key": "pulsos", "variable": "pulses"}],
        "period_s": 3600,
        "history_from": "2026-01-01T00:00:00Z",
    }


def post(body: Any) -> Any:
    return api_client(user_token()).post(URL, body, format="json")


def errors(response: Any) -> dict[str, str]:
    assert response["Content-Type"].startswith("application/problem+json")
    return {error["field"]: error["problem"] for error in response.json()["errors"]}


def test_a_source_is_made_a_draft_and_its_secret_stays_inside(body: dict[str, Any]) -> None:
    response = post(body)
    assert response.status_code == 201
    said = response.json()
    assert said["variables"] == body["variables"]
    assert said["params"] == {"token": "***"}
    assert "token-000-secreto" not in response.content.decode()
    source = Source.objects.get()
    assert source.secret_params == {"token": "token-000-secreto"}
    assert source.params == {}
    assert (source.state, source.next_poll_at, said["tested_at"]) == (State.DRAFT, None, None)
    assert source.created_by == "user:ops@example.cl"
    assert dict(Series.objects.values_list("key", "variable")) == {"caudal": "flow", "pulsos": "pulses"}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"provider": str(uuid.uuid4())}, "provider"),
        ({"point": str(uuid.uuid4())}, "point"),
        ({"params": {}}, "params.token"),
        ({"params": {"token": "x", "device": "y"}}, "params.device"),
        ({"variables": []}, "variables"),
        ({"variables": [{"key": "a,b", "variable": "flow"}]}, "variables.0.key"),
        ({"variables": [{"key": "a", "variable": "volume"}]}, "variables.0.variable"),
        ({"variables": [{"key": "a", "variable": "flow", "unit": "m3"}]}, "variables.0.unit"),
        ({"variables": [{"key": "a", "variable": "flow"}, {"key": "a", "variable": "total"}]}, "variables"),
        ({"variables": [{"key": "a", "variable": "flow"}, {"key": "b", "variable": "flow"}]}, "variables"),
        ({"period_s": 59}, "period_s"),
        ({"history_from": "ayer"}, "history_from"),
        ({"device": "x"}, "device"),
        ({"cadence_s": 0}, "cadence_s"),
        ({"fallback_rank": 100}, "fallback_rank"),
        ({"variables": [{"key": "a", "variable": "flow", "params": {"device": "x"}}]}, "variables.0.params.device"),
        ({"variables": [{"key": "a", "variable": "flow", "params": "x"}]}, "variables.0.params"),
        ({"variables": [{"key": "A", "variable": "flow"}, {"key": "a", "variable": "total"}]}, "variables"),
        ({"activate": "quizás"}, "activate"),
    ],
)
def test_a_bad_field_is_named_and_nothing_is_written(body: dict[str, Any], change: dict[str, Any], field: str) -> None:
    response = post({**body, **change})
    assert response.status_code == 400
    assert field in errors(response)
    assert Source.objects.count() == Series.objects.count() == 0


def test_what_a_key_needs_for_itself_stays_inside(body: dict[str, Any]) -> None:
    body["variables"][1]["params"] = {"token": "otro-000-secreto"}
    body |= {"cadence_s": 900, "fallback_rank": 2}
    response = post(body)
    assert response.status_code == 201
    said = response.json()
    assert said["variables"][1] == {"key": "pulsos", "variable": "pulses", "params": {"token": "***"}}
    assert (said["cadence_s"], said["fallback_rank"]) == (900, 2)
    assert "otro-000-secreto" not in response.content.decode()
    source = Source.objects.get()
    assert source.variable_params == {"pulsos": {"token": "otro-000-secreto"}}
    assert set(Series.objects.values_list("rank", "holds_s")) == {(102, 900)}
    with connection.cursor() as cursor:
        cursor.execute("SELECT variable_params FROM source")
        assert "otro-000-secreto" not in cursor.fetchone()[0]


def test_what_every_key_says_for_itself_the_source_need_not_say(body: dict[str, Any]) -> None:
    for n, variable in enumerate(body["variables"]):
        variable["params"] = {"token": f"token-{n}"}
    assert post({**body, "params": {}}).status_code == 201
    del body["variables"][0]["params"]
    assert "params.token" in errors(post({**body, "params": {}}))


def test_a_key_is_kept_as_the_provider_writes_it(body: dict[str, Any]) -> None:
    said = post({**body, "variables": [{"key": "Caudal", "variable": "flow"}]}).json()
    assert said["variables"] == [{"key": "caudal", "variable": "flow"}]


def test_a_provider_that_forbids_it_is_not_asked_more_often(body: dict[str, Any], make_provider: Make) -> None:
    slow = make_provider("tago", "lenta", limits={"min_period": "PT2H"})
    response = post({**body, "provider": str(slow.id)})
    assert response.status_code == 400
    assert errors(response) == {"period_s": "el proveedor prohíbe preguntar más seguido"}
    assert post({**body, "provider": str(slow.id), "period_s": 7200}).status_code == 201


def test_one_source_is_shown_with_its_moves(body: dict[str, Any]) -> None:
    made = post(body).json()
    found = api_client(user_token(scopes=["telemetry:read"])).get(f"{URL}{made['id']}/")
    assert found.status_code == 200
    (move,) = found.json()["moves"]
    assert (move["to"], move["by"], move["reason"]) == ("draft", "user:ops@example.cl", "")
    assert {**found.json(), "moves": None, "past_keys": None} == {**made, "moves": None, "past_keys": None}
    assert found.json()["past_keys"] == []
    assert api_client(user_token(points=[uuid.uuid4()])).get(f"{URL}{made['id']}/").status_code == 404


def test_a_source_is_not_deleted(body: dict[str, Any]) -> None:
    made = post(body).json()
    assert api_client(user_token()).delete(f"{URL}{made['id']}/").status_code == 405


def test_the_same_device_and_key_cannot_be_two_points(body: dict[str, Any], make_point: Make) -> None:
    assert post(body).status_code == 201
    other = {**body, "point": str(make_point("OTRO").id)}
    response = post(other)
    assert response.status_code == 409
    assert "variables" in errors(response)
    assert Source.objects.count() == 1
    # Another key of the same device is another reading.
    assert post({**other, "variables": [{"key": "nivel", "variable": "level"}]}).status_code == 201


def test_reading_and_writing_need_their_scopes(body: dict[str, Any]) -> None:
    reader = api_client(user_token(scopes=["telemetry:read"]))
    assert reader.post(URL, body, format="json").status_code == 403
    assert reader.get(URL).status_code == 200
    assert api_client(user_token(scopes=["core:read"])).get(URL).status_code == 403
    assert api_client().get(URL).status_code == 401


def test_a_user_sees_the_sources_of_his_points_only(make_source: Make) -> None:
    mine = make_source()
    make_source(provider=mine.provider, params={"token": "otro"})
    response = api_client(user_token(points=[mine.point_id])).get(URL)
    assert [row["id"] for row in response.json()["results"]] == [str(mine.id)]


def test_sources_come_in_pages(make_source: Make, make_provider: Make) -> None:
    provider = make_provider()
    made = {str(make_source(provider=provider, params={"token": f"t{n}"}).id) for n in range(5)}
    client, seen, cursor = api_client(user_token()), [], ""
    for _ in range(3):
        page = client.get(URL, {"limit": 2, "cursor": cursor}).json()
        seen += [row["id"] for row in page["results"]]
        cursor = page["next"]
    assert cursor is None
    assert set(seen) == made
    assert len(seen) == 5


@pytest.mark.parametrize("key", [("2026-01-02T12:00:00+00:00",), ("ayer", str(uuid.uuid4())), (1, 2)])
def test_a_cursor_of_somewhere_else_is_no_list_from_the_start(db: None, key: tuple[object, ...]) -> None:
    refused = api_client(user_token()).get(URL, {"cursor": encode_cursor(key)})
    assert (refused.status_code, [one["field"] for one in refused.json()["errors"]]) == (400, ["cursor"])


def test_a_stopped_source_is_resumed_by_a_person(make_source: Make) -> None:
    source, client = make_source(), api_client(user_token())
    Source.objects.update(state=State.STOPPED, stop_reason="credenciales", failures=3)
    response = client.post(f"{URL}{source.id}/resume/", {}, format="json")
    assert (response.status_code, response.json()["state"], response.json()["stop_reason"]) == (200, "active", "")
    source.refresh_from_db()
    assert source.failures == 0
    assert client.post(f"{URL}{source.id}/resume/", {}, format="json").status_code == 409
    assert client.post(f"{URL}{uuid.uuid4()}/resume/", {}, format="json").status_code == 404
    reader = api_client(user_token(scopes=["telemetry:read"]))
    assert reader.post(f"{URL}{source.id}/resume/", {}, format="json").status_code == 403


def test_active_points(make_source: Make, make_provider: Make, make_point: Make, now: Any) -> None:
    provider = make_provider()
    read, stopped, deleted = make_point("A"), make_point("B"), make_point("C", deleted=False)
    for n in range(2):
        make_source(provider=provider, point=read, params={"token": f"a{n}"})
    make_source(provider=provider, point=stopped, params={"token": "b"})
    make_source(provider=provider, point=deleted, params={"token": "c"})
    Source.objects.filter(point=stopped).update(state=State.STOPPED, stop_reason="credenciales")
    Source.objects.filter(point=read).update(newest_at=now - timedelta(hours=1))
    deleted.deleted = True
    deleted.save()
    expected = {"point": str(read.id), "code": "A", "name": "Pozo A", "sources": 2}
    expected |= {"last_device_time": "2026-01-02T11:00:00Z"}
    assert api_client(user_token()).get("/api/telemetry/points/active").json() == {"results": [expected], "next": None}
    assert api_client(user_token(points=[stopped.id])).get("/api/telemetry/points/active").json()["results"] == []
    assert api_client(service_token("compliance")).get("/api/telemetry/points/active").json()["results"] == [expected]
