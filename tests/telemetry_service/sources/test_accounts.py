"""An account changed by a person, with what that means for its sources."""

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from shared.testing import api_client, user_token
from telemetry_service.collect.accounts import stop
from telemetry_service.providers.models import Provider
from telemetry_service.raw.models import Series
from telemetry_service.sources.models import REFUSED, Source, State

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
URL = "/api/telemetry/providers/"
NEW = {"username": "ops@example.cl", "password": "clave-nueva-000"}


class Cloud:
    """A ThingsBoard that takes one password at a time."""

    def __init__(self, server: HTTPServer, now: datetime) -> None:
        self.password, self.now, self.down = "secreto-de-prueba", now, False
        self.logins: list[str] = []
        server.expect_request("/api/auth/login").respond_with_handler(self.log_in)
        path = "/api/plugins/telemetry/DEVICE/8f1d2c30/"
        server.expect_request(f"{path}values/timeseries").respond_with_handler(self.values)
        server.expect_request(f"{path}keys/timeseries").respond_with_json(["5001"])

    def log_in(self, request: Request) -> Response:
        if self.down:
            return Response("<html>", 502)
        self.logins.append(request.get_json()["password"])
        if self.logins[-1] != self.password:
            return Response('{"status": 401, "errorCode": 10, "message": "Invalid username or password"}', 401)
        claims = json.dumps({"exp": int((self.now + timedelta(days=999)).timestamp())}).encode()
        token = f"h.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.s"
        return Response(json.dumps({"token": token, "refreshToken": "r"}), 200)

    def values(self, request: Request) -> Response:
        return Response(json.dumps({"5001": [{"ts": int(self.now.timestamp() * 1000), "value": "5"}]}), 200)


@pytest.fixture
def cloud(httpserver: HTTPServer, now: datetime) -> Cloud:
    return Cloud(httpserver, now)


@pytest.fixture
def source(make_source: Make, make_provider: Make) -> Source:
    made: Source = make_source("tdata", provider=make_provider("tdata"), variables={"5001": "flow"})
    return made


def patch(provider: Provider, **body: Any) -> Any:
    return api_client(user_token()).patch(f"{URL}{provider.id}/", body, format="json")


def errors(response: Any) -> dict[str, str]:
    return {error["field"]: error["problem"] for error in response.json()["errors"]}


def kept(provider: Provider) -> Provider:
    return Provider.objects.get(id=provider.id)


def test_one_account_is_shown(source: Source) -> None:
    found = api_client(user_token(scopes=["telemetry:read"])).get(f"{URL}{source.provider_id}/").json()
    assert (found["id"], found["version"], found["problem"]) == (str(source.provider_id), 1, "")
    assert "secreto-de-prueba" not in json.dumps(found)


def test_a_change_is_laid_over_the_row_and_renews_sessions(source: Source) -> None:
    before = source.provider.config
    response = patch(source.provider, name="otro nombre", config={"limits": {"rate": "1/s"}, "legacy": True})
    assert response.status_code == 200
    said = response.json()
    assert (said["name"], said["version"]) == ("otro nombre", 2)
    assert patch(source.provider, name="uno más").json()["version"] == 2  # a name is nothing to a session
    assert said["config"] == {**before, "legacy": True, "limits": {**before["limits"], "rate": "1/s"}}
    assert patch(source.provider, config={"legacy": None}).json()["config"]["limits"]["rate"] == "1/s"
    assert "legacy" not in kept(source.provider).config


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"config": {"limits": {"rate": "veloz"}}}, "limits.rate"),
        ({"config": {"auth": {"mode": "token"}}}, "auth.mode"),
        ({"config": {"auth": {"mode": "api_key"}}}, "credentials.api_key"),
        ({"base_url": "ftp://x"}, "base_url"),
        ({"name": ""}, "name"),
        ({"credentials": {"username": "x"}}, "credentials.password"),
        ({"type": "PUSH"}, "type"),
    ],
)
def test_a_bad_change_is_named_and_changes_nothing(source: Source, body: dict[str, Any], field: str) -> None:
    response = patch(source.provider, **body)
    assert response.status_code == 400
    assert field in errors(response)
    assert kept(source.provider).version == 1


def test_a_name_that_another_has(source: Source, make_provider: Make) -> None:
    make_provider("tago", "tomado")
    assert patch(source.provider, name="tomado").status_code == 409


def test_sources_that_could_not_live_with_it_are_named(source: Source, make_source: Make) -> None:
    other = make_source("tdata", provider=source.provider, params={"device": "otro"}, variables={"5001": "flow"})
    wanted = {"params": {"planta": {"type": "string", "secret": False}}, "limits": {"min_period": "PT2H"}}
    response = patch(source.provider, config=wanted)
    assert response.status_code == 400
    assert errors(response) == {
        f"sources[{one.id}].{field}": problem
        for one in (source, other)
        for field, problem in (
            ("params.planta", "falta"),
            ("period_s", "el proveedor prohíbe preguntar más seguido"),
        )
    }
    assert kept(source.provider).version == 1


def test_what_becomes_a_secret_is_hidden_from_then_on(source: Source) -> None:
    assert patch(source.provider, config={"params": {"device": {"secret": True}}}).status_code == 200
    source.refresh_from_db()
    assert (source.params, source.secret_params) == ({}, {"device": "8f1d2c30"})
    shown = api_client(user_token()).get(f"/api/telemetry/sources/{source.id}/").json()
    assert shown["params"] == {"device": "***"}


def test_another_address_is_another_origin(source: Source, make_source: Make, make_provider: Make) -> None:
    elsewhere = make_provider("tdata", "otra", base_url="https://tdata.example.cl")
    twin = make_source("tdata", provider=elsewhere, variables={"5001": "flow"})
    before = Series.objects.get(source_id=twin.id).origin
    # Both at one address would read the same device twice.
    response = patch(elsewhere, base_url=source.provider.config["base_url"])
    assert (response.status_code, errors(response)) == (
        409,
        {"variables": "otra fuente ya lee esa clave de ese mismo dispositivo"},
    )
    assert Series.objects.get(source_id=twin.id).origin == before
    assert patch(elsewhere, base_url="https://tdata.example.org").status_code == 200
    assert Series.objects.get(source_id=twin.id).origin != before


def test_credentials_that_the_provider_refuses_are_not_taken(cloud: Cloud, source: Source) -> None:
    response = patch(source.provider, credentials=NEW)
    assert (response.status_code, response.json()["type"]) == (409, "urn:stack-vps:problem:credentials_refused")
    assert "clave-nueva-000" not in response.content.decode()
    assert kept(source.provider).credentials["password"] == "secreto-de-prueba"
    assert cloud.logins == ["clave-nueva-000"]
    source.refresh_from_db()
    assert source.state == State.ACTIVE


def test_those_that_work_are_taken_and_what_had_stopped_goes_on(
    cloud: Cloud, source: Source, make_source: Make
) -> None:
    paused = make_source("tdata", provider=source.provider, params={"device": "otro"}, variables={"5001": "flow"})
    Source.objects.filter(id=paused.id).update(state=State.STOPPED, stop_reason="mantención")
    stop(source=source, reason="HTTP 401")
    source.refresh_from_db()
    assert source.stop_reason.startswith(REFUSED)
    cloud.password = "clave-nueva-000"
    assert patch(source.provider, credentials=NEW).status_code == 200
    assert kept(source.provider).credentials == NEW
    for one in (source, paused):
        one.refresh_from_db()
    assert (source.state, source.stop_reason, source.failures) == (State.ACTIVE, "", 0)
    assert (paused.state, paused.stop_reason) == (State.STOPPED, "mantención")


def test_a_provider_that_is_away_is_no_proof(cloud: Cloud, source: Source) -> None:
    cloud.down = True
    refused = patch(source.provider, credentials=NEW)
    assert refused.status_code == 409
    assert "untested" in refused.json()["errors"][0]["expected"]
    assert patch(source.provider, credentials=NEW, untested=True).status_code == 200
    assert kept(source.provider).credentials == NEW


def test_another_way_to_show_who_one_is(httpserver: HTTPServer, source: Source, now: datetime) -> None:
    key = {"X-Authorization": "ApiKey clave-000-secreta"}
    value = {"5001": [{"ts": int(now.timestamp() * 1000), "value": "5"}]}
    path = "/api/plugins/telemetry/DEVICE/8f1d2c30/values/timeseries"
    httpserver.expect_request(path, headers=key).respond_with_json(value)
    said = {"config": {"auth": {"mode": "api_key"}}, "credentials": {"api_key": "clave-000-secreta"}}
    response = patch(source.provider, **said)
    assert (response.status_code, response.json()["credentials"]) == (200, ["api_key"])
    back = {"config": {"auth": {"mode": "login"}}, "credentials": NEW, "untested": True}
    assert patch(source.provider, **back).json()["credentials"] == ["password", "username"]


def test_without_a_source_there_is_nothing_to_try_with(make_provider: Make, httpserver: HTTPServer) -> None:
    provider = make_provider("tdata")
    assert patch(provider, credentials=NEW).status_code == 200
    assert httpserver.log == []


def test_scopes(source: Source) -> None:
    reader = api_client(user_token(scopes=["telemetry:read"]))
    assert reader.patch(f"{URL}{source.provider_id}/", {"is_active": False}, format="json").status_code == 403
