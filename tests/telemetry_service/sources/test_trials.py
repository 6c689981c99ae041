"""The dry run: what it shows, what it hides, and that it leaves nothing behind."""

import json
import re
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from shared import clock
from shared.testing import api_client, user_token
from telemetry_service.collect.models import Attempt
from telemetry_service.providers.models import Provider
from telemetry_service.raw.models import RawAnswer, RawTelemetryData
from telemetry_service.sources import activation
from telemetry_service.sources.models import Source, State
from telemetry_service.sources.trials import Trial

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
URL = "/api/telemetry/sources/"
HOUR = timedelta(hours=1)
SECRET = 'tok"en-000-secreto'


def body(provider: Any, point: Any, *keys: str, **more: Any) -> dict[str, Any]:
    codes = ("flow", "level", "total")
    variables = [{"key": key, "variable": code} for key, code in zip(keys, codes, strict=False)]
    said = {"provider": str(provider.id), "point": str(point.id), "params": {"token": SECRET}, "variables": variables}
    return {**said, "period_s": 3600, **more}


def try_body(said: dict[str, Any]) -> Any:
    return api_client(user_token()).post(f"{URL}test/", said, format="json")


def codes(response: Any) -> list[str]:
    return [one["code"] for one in response.json()["findings"]]


@pytest.fixture
def tago(httpserver: HTTPServer) -> None:
    """Two variables of the last day, a third that it does not have; it echoes the token in a note."""

    def answer(request: Request) -> Response:
        key, now = request.args["variable"], clock.now().replace(minute=0, second=0, microsecond=0)
        count = {"caudal": 24, "nivel": 24}.get(key, 0)
        if request.args.get("query") == "last_value":
            count = min(count, 1)
        rows = [
            {"variable": key, "value": 40 + n % 3, "time": (now - n * HOUR).isoformat(), "unit": "l/s"}
            for n in reversed(range(count))
        ]
        note = f"hola {request.headers['Device-Token']}"
        return Response(json.dumps({"status": True, "result": rows, "note": note, "Device-Token": "x-otro-x"}), 200)

    httpserver.expect_request("/data").respond_with_handler(answer)


def test_it_shows_what_is_asked_answered_and_read(tago: None, make_provider: Make, make_point: Make) -> None:
    response = try_body(body(make_provider("tago"), make_point(), "caudal", "nivel"))
    assert response.status_code == 200
    said = response.json()
    assert (said["can_go_live"], said["keys_offered"]) == (True, None)
    first, *_, last = said["steps"]
    assert first["request"].endswith("/data?query=last_value&variable=caudal")
    assert "start_date=" in last["request"]
    assert (first["status"], first["is_cut"], first["is_login"]) == (200, False, False)
    assert first["took_ms"] >= 0
    assert json.loads(first["answer"])["result"][0]["variable"] == "caudal"
    assert [one["outcome"] for one in said["verdicts"]] == ["ok", "ok"]
    assert said["verdicts"][0]["value"] == "40"
    rows = [row for row in said["rows"] if row["key"] == "caudal"]
    assert len(rows) == 24
    assert rows[0] == {**rows[0], "variable": "flow", "value": "40", "unit": "l/s"}
    assert rows[0]["device_time"] > rows[-1]["device_time"]


def test_no_secret_is_in_it(tago: None, make_provider: Make, make_point: Make) -> None:
    response = try_body(body(make_provider("tago"), make_point(), "caudal"))
    text = response.content.decode()
    assert "000-secreto" not in text
    assert "x-otro-x" not in text  # what is called like a secret is masked, whoever's it is
    answer = json.loads(response.json()["steps"][0]["answer"])
    assert (answer["note"], answer["Device-Token"]) == ("hola ***", "***")


def test_nothing_is_stored(tago: None, make_provider: Make, make_point: Make) -> None:
    assert try_body(body(make_provider("tago"), make_point(), "caudal")).status_code == 200
    for model in (Source, RawTelemetryData, RawAnswer, Attempt):
        assert model.objects.count() == 0


def test_of_a_saved_source_only_when_and_what_blocks_is_kept(tago: None, make_source: Make) -> None:
    source = make_source(variables={"caudal": "flow", "otra": "ph"}, live=False)
    response = api_client(user_token()).post(f"{URL}{source.id}/test/", {}, format="json")
    assert response.status_code == 200
    assert (codes(response)[0], response.json()["can_go_live"]) == ("no_data", True)
    before = Source.objects.get()
    assert (before.tested_at is not None, before.faults) == (True, [])
    assert (before.state, before.cursors, before.newest_at, before.last_outcome) == (State.DRAFT, {}, None, "")
    assert RawTelemetryData.objects.count() == Attempt.objects.count() == 0


def test_a_variable_without_data_beside_one_that_has_some(tago: None, make_provider: Make, make_point: Make) -> None:
    response = try_body(body(make_provider("tago"), make_point(), "caudal", "otra"))
    verdict = response.json()["verdicts"][1]
    assert (verdict["outcome"], verdict["value"], verdict["device_time"]) == ("no_data", None, None)
    assert "no_data" in codes(response)
    assert response.json()["can_go_live"]


def test_nothing_at_all_blocks(tago: None, make_provider: Make, make_point: Make) -> None:
    response = try_body(body(make_provider("tago"), make_point(), "otra"))
    assert codes(response)[0] == "no_data_at_all"
    assert not response.json()["can_go_live"]


@pytest.mark.parametrize(
    ("status", "answer", "code", "shown"),
    [
        (401, '{"status": false, "message": "Authorization Denied"}', "token_refused", "Authorization Denied"),
        (404, '{"status": false, "message": "no such thing"}', "request_refused", "no such thing"),
        (429, '{"status": false, "message": "Too many requests (Retry-After: 8)"}', "rate_limited", "Retry-After"),
        (502, "<html>502 Bad Gateway</html>", "unreachable", "Bad Gateway"),
        (200, "<html>mantenimiento</html>", "not_json", "mantenimiento"),
        (200, '{"status": true, "result": [{"vari', "not_json", '{"vari'),
        (200, '{"status": true, "result": [{"variable": "caudal", "value": {}, "time": "x"}]}', "unreadable", '"x"'),
    ],
)
def test_what_goes_wrong_is_shown_as_it_came(
    httpserver: HTTPServer, make_provider: Make, make_point: Make, status: int, answer: str, code: str, shown: str
) -> None:
    httpserver.expect_request("/data").respond_with_data(answer, status=status)
    response = try_body(body(make_provider("tago"), make_point(), "caudal"))
    assert response.status_code == 200
    said = response.json()
    assert said["findings"][0]["code"] == code
    assert (said["findings"][0]["severity"], said["can_go_live"]) == ("blocking", False)
    assert (said["steps"][0]["status"], shown in said["steps"][0]["answer"]) == (status, True)
    assert [one["outcome"] for one in said["verdicts"]] == ["failed"]
    assert said["verdicts"][0]["value"] is None


def test_an_address_of_our_own_network(make_provider: Make, make_point: Make, settings: Any) -> None:
    provider = make_provider("tago", base_url="https://10.0.0.7")
    settings.OUTBOUND_ALLOW = []
    said = try_body(body(provider, make_point(), "caudal")).json()
    assert said["findings"][0]["code"] == "address_not_allowed"
    assert said["findings"][0]["field"] == "provider.base_url"
    assert said["steps"][0]["status"] is None


def test_a_token_that_thethings_does_not_know(httpserver: HTTPServer, make_provider: Make, make_point: Make) -> None:
    """It says 404 of a token and of a key alike: of all of them it is the token, or every key."""
    httpserver.expect_request(re.compile("/things/.*")).respond_with_json({"status": "error"}, status=404)
    said = body(make_provider("thingsio"), make_point(), "caudal", "nivel", params={"thing_token": "cosa-000-secreta"})
    response = try_body(said)
    assert codes(response)[0] == "nothing_known"
    assert "cosa-000-secreta" not in response.content.decode()


def test_a_provider_that_asked_to_wait_is_not_asked(
    tago: None, make_provider: Make, make_point: Make, httpserver: HTTPServer
) -> None:
    provider = make_provider("tago")
    Provider.objects.update(postponed_until=clock.now() + HOUR)
    assert codes(try_body(body(provider, make_point(), "caudal")))[0] == "rate_limited"
    assert httpserver.log == []
    # Where only our own circuit is open, a person may look whether the provider is back.
    Provider.objects.update(failures=5)
    assert try_body(body(provider, make_point("OTRO"), "caudal")).json()["can_go_live"]


def test_nobody_there(make_provider: Make, make_point: Make) -> None:
    provider = make_provider("tago", base_url="http://127.0.0.1:9")
    assert codes(try_body(body(provider, make_point(), "caudal")))[0] == "unreachable"


def test_a_redirect_elsewhere(httpserver: HTTPServer, make_provider: Make, make_point: Make) -> None:
    elsewhere = {"Location": "https://example.org/data"}
    httpserver.expect_request("/data").respond_with_data("", status=302, headers=elsewhere)
    assert codes(try_body(body(make_provider("tago"), make_point(), "caudal")))[0] == "redirected"


def test_a_long_answer_is_cut(httpserver: HTTPServer, make_provider: Make, make_point: Make) -> None:
    httpserver.expect_request("/data").respond_with_data("<p>" * 30_000, status=502)
    step = try_body(body(make_provider("tago"), make_point(), "caudal")).json()["steps"][0]
    assert (len(step["answer"]), step["is_cut"]) == (20_000, True)


def test_times_without_a_zone(httpserver: HTTPServer, make_provider: Make, make_point: Make) -> None:
    """A draft's flat answer, in Chile's own time: three or four hours behind."""
    local = clock.now().astimezone(clock.CHILE).replace(tzinfo=None, microsecond=0)
    flat = {"device_id": "7", "flow": 5.5, "total": 91755, "timestamp": local.isoformat()}
    httpserver.expect_request("/device/7/data").respond_with_json(flat)
    provider = make_provider("twin-draft", credentials={"api_key": "clave-000"})
    said = body(provider, make_point(), "flow", "level", params={"device": "7"})
    response = try_body(said)
    assert {"time_without_zone", "time_shifted", "no_history", "unknown_key"} <= set(codes(response))
    assert response.json()["keys_offered"] == ["device_id", "flow", "total"]
    (unknown,) = (one for one in response.json()["findings"] if one["code"] == "unknown_key")
    assert (unknown["field"], unknown["expected"]) == ("variables.1.key", "una de: device_id, flow, total")


def test_who_sends_by_himself_is_not_asked(make_point: Make, now: datetime) -> None:
    from telemetry_service.providers.operations import create_provider

    push = create_provider(name="Empuje", changes={}, credentials={}, actor="user:x", now=now, type_="PUSH")
    response = try_body(body(push, make_point(), "caudal", params={}))
    assert (codes(response), response.json()["can_go_live"], response.json()["steps"]) == (["not_asked"], True, [])


def test_a_bad_body_is_refused_as_it_would_be_at_save(make_provider: Make, make_point: Make) -> None:
    response = try_body(body(make_provider("tago"), make_point(), "caudal", params={}))
    assert (response.status_code, response.json()["errors"][0]["field"]) == (400, "params.token")
    assert try_body({"provider": str(uuid.uuid4())}).status_code == 400


def test_an_adapter_that_breaks_is_a_finding(
    make_provider: Make, make_point: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry_service.providers.adapters.http_api import HttpApi

    async def broken(self: HttpApi, account: Any, ask: Any) -> Any:
        raise RuntimeError(SECRET)

    monkeypatch.setattr(HttpApi, "try_out", broken)
    response = try_body(body(make_provider("tago"), make_point(), "caudal"))
    assert codes(response)[0] == "unreadable"
    assert "000-secreto" not in response.content.decode()


@pytest.mark.django_db(transaction=True)
def test_no_transaction_is_open_while_the_provider_is_asked(
    tago: None, make_source: Make, make_provider: Make, make_point: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    run = activation.run_trial

    def watched(plan: Any, *, now: datetime) -> Trial:
        seen.append(connection.in_atomic_block)
        return run(plan, now=now)

    monkeypatch.setattr(activation, "run_trial", watched)
    client, source = api_client(user_token()), make_source(variables={"caudal": "flow"}, live=False)
    client.post(f"{URL}{source.id}/test/", {}, format="json")
    assert client.post(f"{URL}{source.id}/activate/", {}, format="json").status_code == 200
    assert client.patch(f"{URL}{source.id}/", {"params": {"token": "t2"}}, format="json").status_code == 200
    live = body(source.provider, make_point("OTRO"), "nivel", activate=True)
    assert client.post(URL, live, format="json").status_code == 201
    assert seen == [False] * 4
