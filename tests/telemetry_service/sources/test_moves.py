"""How a source goes live, is stopped by a person, and goes on."""

import json
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from shared.testing import api_client, user_token
from telemetry_service.collect.poll import collect_due
from telemetry_service.providers.models import Provider
from telemetry_service.sources import activation
from telemetry_service.sources.models import MOVES, Source, SourceMove, State
from telemetry_service.sources.operations import move

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
URL = "/api/telemetry/sources/"


class Tago:
    """One reading a variable, of an age and a status that the test chooses."""

    def __init__(self, server: HTTPServer) -> None:
        self.status, self.value = 200, 5.0
        server.expect_request("/data").respond_with_handler(self.answer)

    def answer(self, request: Request) -> Response:
        if self.status != 200:
            return Response('{"status": false, "message": "no"}', self.status)
        from shared import clock

        at = clock.now().isoformat()
        record = {"variable": request.args["variable"], "value": self.value, "time": at, "unit": ""}
        return Response(json.dumps({"status": True, "result": [record]}), 200)


@pytest.fixture
def tago(httpserver: HTTPServer) -> Tago:
    return Tago(httpserver)


@pytest.fixture
def body(make_provider: Make, make_point: Make) -> dict[str, Any]:
    return {
        "provider": str(make_provider("tago").id),
        "point": str(make_point().id),
        "params": {"token": "token-000-secreto"},
        "variables": [{"key": "caudal", "variable": "flow"}],
    }


def act(source: Source, what: str, **body: Any) -> Any:
    return api_client(user_token()).post(f"{URL}{source.id}/{what}/", body, format="json")


def post(body: dict[str, Any]) -> Any:
    return api_client(user_token()).post(URL, body, format="json")


def test_a_draft_is_never_asked(tago: Tago, make_source: Make, httpserver: HTTPServer, now: datetime) -> None:
    source = make_source(live=False)
    Source.objects.update(next_poll_at=now)
    assert collect_due(now) == 0
    assert httpserver.log == []
    assert source.state == State.DRAFT


def test_a_draft_goes_live_after_its_test(tago: Tago, make_source: Make) -> None:
    source = make_source(live=False)
    response = act(source, "activate")
    assert response.status_code == 200
    said = response.json()
    assert (said["state"], said["faults"]) == ("active", [])
    assert said["tested_at"] == said["next_poll_at"]
    assert act(source, "activate").status_code == 409


def test_blocking_faults_keep_it_where_it_is(tago: Tago, make_source: Make) -> None:
    source, tago.status = make_source(live=False), 401
    response = act(source, "activate")
    assert (response.status_code, response.json()["type"]) == (409, "urn:stack-vps:problem:source_not_ready")
    (error,) = response.json()["errors"]
    assert (error["code"], error["field"]) == ("token_refused", "params")
    source.refresh_from_db()
    assert (source.state, source.next_poll_at) == (State.DRAFT, None)
    assert source.tested_at is not None
    assert [fault["code"] for fault in source.faults] == ["token_refused"]
    shown = api_client(user_token()).get(f"{URL}{source.id}/").json()
    assert shown["faults"] == source.faults
    # And with the fault away, it goes.
    tago.status = 200
    assert act(source, "activate").json()["faults"] == []


def test_a_warning_keeps_nobody_back(tago: Tago, make_source: Make) -> None:
    source, tago.value = make_source(live=False), 5000.0
    tested = act(source, "test").json()
    assert "magnitude_unusual" in [one["code"] for one in tested["findings"]]
    assert tested["can_go_live"]
    assert act(source, "activate").status_code == 200


def test_created_live_it_is_tested_before_it_is_written(tago: Tago, body: dict[str, Any]) -> None:
    tago.status = 403
    refused = post({**body, "activate": True})
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (409, "token_refused")
    assert Source.objects.count() == 0
    tago.status = 200
    made = post({**body, "activate": True})
    assert (made.status_code, made.json()["state"]) == (201, "active")
    assert made.json()["tested_at"] == made.json()["next_poll_at"]


def test_it_is_activated_as_it_was_tested(tago: Tago, make_source: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever changes it while the provider answers has to test it again."""
    source = make_source(live=False)
    run = activation.run_trial

    def slow(plan: Any, *, now: datetime) -> Any:
        trial = run(plan, now=now)
        Source.objects.filter(id=source.id).update(version=7)
        return trial

    monkeypatch.setattr(activation, "run_trial", slow)
    assert act(source, "activate").status_code == 409
    source.refresh_from_db()
    assert source.state == State.DRAFT


@pytest.mark.parametrize(
    ("change", "status"),
    [({"version": 9}, 200), ({"failures": 3}, 200), ({"config": {"changed": True}}, 409), ({"credentials": {}}, 200)],
)
def test_it_is_activated_with_the_account_that_it_was_tested_with(
    tago: Tago, make_source: Make, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any], status: int
) -> None:
    source = make_source(live=False)
    run = activation.run_trial

    def slow(plan: Any, *, now: datetime) -> Any:
        trial = run(plan, now=now)
        Provider.objects.update(**change)
        return trial

    monkeypatch.setattr(activation, "run_trial", slow)
    assert act(source, "activate").status_code == status


def test_a_person_stops_it_with_a_reason_and_another_lets_it_go_on(tago: Tago, make_source: Make) -> None:
    source = make_source()
    assert act(source, "pause").status_code == 400
    paused = act(source, "pause", reason="mantención de la bomba").json()
    assert (paused["state"], paused["stop_reason"]) == ("stopped", "mantención de la bomba")
    assert act(source, "pause", reason="otra vez").status_code == 409
    resumed = act(source, "resume").json()
    assert (resumed["state"], resumed["stop_reason"]) == ("active", "")
    shown = api_client(user_token()).get(f"{URL}{source.id}/").json()["moves"]
    assert [(one["to"], one["reason"]) for one in shown] == [
        ("active", ""),
        ("stopped", "mantención de la bomba"),
        ("active", ""),
    ]
    assert {one["by"] for one in shown} == {"user:ops@example.cl"}


def test_a_paused_source_is_not_asked(tago: Tago, make_source: Make, httpserver: HTTPServer, now: datetime) -> None:
    act(make_source(), "pause", reason="mantención")
    assert collect_due(now) == 0
    assert httpserver.log == []


def test_what_was_tried_is_not_asked_again_sooner_than_the_provider_allows(
    tago: Tago, make_source: Make, make_provider: Make
) -> None:
    slow = make_provider("tago", "lenta", limits={"min_period": "PT30M"})
    source = make_source(provider=slow, live=False)
    said = act(source, "activate").json()
    tested, due = (datetime.fromisoformat(said[name]) for name in ("tested_at", "next_poll_at"))
    assert due == tested + timedelta(minutes=30)
    source.refresh_from_db()
    assert source.least_period_s == 1800
    # Stopped and resumed, it still has not waited long enough.
    Source.objects.update(last_polled_at=tested)
    act(source, "pause", reason="mantención")
    assert datetime.fromisoformat(act(source, "resume").json()["next_poll_at"]) == due


@pytest.mark.parametrize("what", ["pause", "resume"])
def test_a_draft_can_only_be_activated(make_source: Make, what: str) -> None:
    source = make_source(live=False)
    assert act(source, what, **({"reason": "x"} if what == "pause" else {})).status_code == 409


@pytest.mark.parametrize("what", ["pause", "resume", "activate", "test"])
def test_the_door_is_shut_to_others(make_source: Make, what: str) -> None:
    source = make_source()
    body = {"reason": "x"} if what == "pause" else {}
    url = f"{URL}{source.id}/{what}/"
    assert api_client(user_token(scopes=["telemetry:read"])).post(url, body, format="json").status_code == 403
    assert api_client(user_token(points=[uuid.uuid4()])).post(url, body, format="json").status_code == 404
    assert api_client(user_token()).post(f"{URL}{uuid.uuid4()}/{what}/", body, format="json").status_code == 404
    if what != "pause":
        assert api_client(user_token()).post(url, {"x": 1}, format="json").status_code == 400


def test_only_the_moves_of_the_table_are_made(make_source: Make, now: datetime) -> None:
    source = make_source()
    for since in State:
        for to in set(State) - MOVES[since]:
            with pytest.raises(ValueError, match="does not move"):
                move(source_id=source.id, since=since, to=to, by="user:x", now=now)


@pytest.mark.parametrize(
    ("name", "values"), [("source_move_to_a_known_state", {"to": "x"}), ("source_move_says_by_whom", {"by": ""})]
)
def test_constraints(make_source: Make, name: str, values: dict[str, str]) -> None:
    make_source()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        SourceMove.objects.update(**values)
