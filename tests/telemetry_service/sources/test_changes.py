"""A source changed by a person: its pace, its parameters, what its keys mean. What it has read stays."""

import json
import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from shared.testing import api_client, user_token
from telemetry_service.collect.poll import collect_due
from telemetry_service.raw.models import ProcessBacklog, Series
from telemetry_service.raw.queries import readings, variables_of
from telemetry_service.sources.models import Source, State

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
URL = "/api/telemetry/sources/"
HOUR = timedelta(hours=1)


@pytest.fixture
def tago(httpserver: HTTPServer, now: datetime) -> list[str]:
    """TagoIO with a reading of every hour; the tokens that it saw. It refuses one."""
    seen: list[str] = []

    def answer(request: Request) -> Response:
        seen.append(request.headers["Device-Token"])
        if seen[-1] == "malo":
            return Response('{"status": false, "message": "Authorization Denied"}', 401)
        variable = request.args["variable"]
        result = [
            {"variable": variable, "value": n, "time": (now - n * HOUR).isoformat(), "unit": ""} for n in range(3)
        ]
        return Response(json.dumps({"status": True, "result": result}), 200)

    httpserver.expect_request("/data").respond_with_handler(answer)
    return seen


def patch(source: Source, **body: Any) -> Any:
    return api_client(user_token()).patch(f"{URL}{source.id}/", body, format="json")


def kept(source: Source) -> Source:
    return Source.objects.select_related("provider").get(id=source.id)


def meanings(source: Source) -> dict[str, str]:
    return variables_of([source.id]).get(source.id, {})


def test_a_pace_is_changed_without_a_test(make_source: Make, httpserver: HTTPServer) -> None:
    source = make_source()
    response = patch(source, period_s=600, cadence_s=300, fallback_rank=1, history_from="2025-01-01T00:00:00Z")
    assert response.status_code == 200
    said = response.json()
    assert (said["period_s"], said["cadence_s"], said["fallback_rank"]) == (600, 300, 1)
    assert said["history_from"] == "2025-01-01T00:00:00Z"
    assert set(Series.objects.values_list("rank", "holds_s")) == {(101, 300)}
    assert httpserver.log == []
    assert (kept(source).state, kept(source).version) == (State.ACTIVE, 2)
    assert patch(source, cadence_s=None).json()["cadence_s"] is None


def test_asked_more_often_it_does_not_wait_for_its_old_hour(make_source: Make, now: datetime) -> None:
    source = make_source()
    Source.objects.update(next_poll_at=now + 10 * HOUR)
    before = datetime.now(now.tzinfo)  # noqa: TID251 the view's own clock
    assert patch(source, period_s=600).status_code == 200
    assert kept(source).next_poll_at <= before + timedelta(minutes=11)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"period_s": 59}, "period_s"),
        ({"params": {"device": "x"}}, "params.device"),
        ({"params": {"token": None}}, "params.token"),
        ({"variables": []}, "variables"),
        ({"variables": [{"key": "a", "variable": "flow"}, {"key": "b", "variable": "flow"}]}, "variables"),
        ({"variables": [{"key": "a", "variable": "flow", "params": {"pin": "1"}}]}, "variables.0.params.pin"),
        ({"point": str(uuid.uuid4())}, "point"),
        ({"state": "active"}, "state"),
        ({"withdraw": ["otra"]}, "withdraw.0"),
        ({"withdraw": ["caudal"], "variables": [{"key": "caudal", "variable": "flow"}]}, "withdraw.0"),
        ({"withdraw": ["caudal", "total"]}, "withdraw"),
        ({"withdraw": True}, "withdraw"),
    ],
)
def test_a_bad_change_is_named_and_changes_nothing(make_source: Make, body: dict[str, Any], field: str) -> None:
    source = make_source()
    response = patch(source, **body)
    assert response.status_code == 400
    assert field in [error["field"] for error in response.json()["errors"]]
    assert kept(source).version == 1


def test_new_parameters_of_a_live_source_are_tried_first(tago: list[str], make_source: Make) -> None:
    source = make_source()
    refused = patch(source, params={"token": "malo"})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:stack-vps:problem:source_not_ready")
    assert refused.json()["errors"][0]["code"] == "token_refused"
    assert kept(source).secret_params == {"token": "token-000-secreto"}
    taken = patch(source, params={"token": "nuevo-000-secreto"})
    assert taken.status_code == 200
    assert "nuevo-000-secreto" not in taken.content.decode()
    assert taken.json()["tested_at"] is not None
    assert kept(source).secret_params == {"token": "nuevo-000-secreto"}
    assert set(tago) == {"malo", "nuevo-000-secreto"}


def test_a_draft_is_changed_on_trust_and_tested_when_it_goes_live(tago: list[str], make_source: Make) -> None:
    source = make_source(live=False)
    assert patch(source, params={"token": "malo"}).status_code == 200
    assert tago == []
    assert kept(source).state == State.DRAFT


def test_a_stopped_source_that_is_to_ask_something_else_becomes_a_draft(make_source: Make) -> None:
    source = make_source()
    Source.objects.update(state=State.STOPPED, stop_reason="credenciales rechazadas: x")
    assert patch(source, period_s=600).json()["state"] == "stopped"
    changed = patch(source, params={"token": "nuevo"}).json()
    assert (changed["state"], changed["stop_reason"], changed["next_poll_at"]) == ("draft", "", None)


def test_a_key_is_added_and_one_let_go(tago: list[str], make_source: Make, now: datetime) -> None:
    source = make_source()
    collect_due(now)
    changed = patch(source, variables=[{"key": "caudal", "variable": "flow"}, {"key": "nivel", "variable": "level"}])
    assert changed.status_code == 200
    assert meanings(source) == {"caudal": "flow", "nivel": "level"}
    # What the old key said is still the point's.
    spoken = readings(point_id=source.point_id, start=now - 9 * HOUR, end=now + HOUR)
    assert {row.variable for row in spoken} == {"flow", "total"}
    # And its variable is free for another key of the source.
    assert patch(source, variables=[{"key": "total_2", "variable": "total"}]).status_code == 200
    assert meanings(source) == {"total_2": "total"}


def test_a_key_that_never_was_this_points_is_withdrawn(
    tago: list[str], make_source: Make, make_point: Make, now: datetime
) -> None:
    source = make_source()
    collect_due(now)
    ProcessBacklog.objects.all().delete()
    caudal = [{"key": "caudal", "variable": "flow"}]
    assert patch(source, withdraw=["total"]).status_code == 200
    assert meanings(source) == {"caudal": "flow"}
    spoken = readings(point_id=source.point_id, start=now - 9 * HOUR, end=now + HOUR)
    assert {row.variable for row in spoken} == {"flow"}
    backlog = ProcessBacklog.objects.get()
    assert (backlog.point_id, backlog.from_time <= now - 2 * HOUR) == (source.point_id, True)
    # Where it belongs it can be read now; a key that was only let go could not.
    other = {"provider": source.provider, "point": make_point("OTRO"), "variables": {"total": "total"}}
    assert make_source(**other).id
    # And the first source cannot take it back.
    taken = patch(source, variables=[*caudal, {"key": "total", "variable": "total"}])
    assert taken.status_code == 409


def test_a_key_let_go_comes_back_as_it_was(tago: list[str], make_source: Make, now: datetime) -> None:
    source = make_source()
    collect_due(now)
    both = [{"key": "caudal", "variable": "flow"}, {"key": "total", "variable": "total"}]
    assert patch(source, variables=both[:1], withdraw=["total"]).status_code == 200
    shown = api_client(user_token()).get(f"{URL}{source.id}/").json()["past_keys"]
    assert [(one["key"], one["variable"]) for one in shown if one["withdrawn_at"]] == [("total", "total")]
    assert patch(source, variables=both).status_code == 200
    spoken = readings(point_id=source.point_id, start=now - 9 * HOUR, end=now + HOUR)
    assert {row.variable for row in spoken} == {"flow", "total"}
    assert Series.objects.count() == 2


def test_two_keys_change_places_and_the_past_is_made_anew(tago: list[str], make_source: Make, now: datetime) -> None:
    source = make_source()
    collect_due(now)
    ProcessBacklog.objects.all().delete()
    swapped = [{"key": "caudal", "variable": "total"}, {"key": "total", "variable": "flow"}]
    assert patch(source, variables=swapped).status_code == 200
    assert meanings(source) == {"caudal": "total", "total": "flow"}
    assert ProcessBacklog.objects.get().from_time <= now - 2 * HOUR


def test_to_ask_for_less_needs_no_test(make_source: Make, httpserver: HTTPServer) -> None:
    source = make_source()
    assert patch(source, variables=[{"key": "caudal", "variable": "flow"}]).status_code == 200
    assert httpserver.log == []
    assert (kept(source).state, meanings(source)) == (State.ACTIVE, {"caudal": "flow"})


def test_a_longer_past_is_read_from_its_beginning(tago: list[str], make_source: Make, now: datetime) -> None:
    source = make_source()
    collect_due(now)
    assert kept(source).cursors
    assert patch(source, history_from="2025-12-01T00:00:00Z").status_code == 200
    assert kept(source).cursors == {}


def test_of_two_changes_at_once_the_second_reads_again(make_source: Make, now: datetime) -> None:
    from shared.errors import Conflict
    from telemetry_service.sources.operations import change_source
    from telemetry_service.sources.plans import plan_of

    source = make_source(live=False)
    plan = plan_of(kept(source))
    said = {"source_id": source.id, "plan": plan, "tested": False, "actor": "user:x", "now": now}
    change_source(version=1, **said)
    with pytest.raises(Conflict):
        change_source(version=1, **said)


def test_who_may_not_see_the_point_may_not_change_its_source(make_source: Make) -> None:
    source = make_source()
    stranger = api_client(user_token(points=[uuid.uuid4()]))
    assert stranger.patch(f"{URL}{source.id}/", {"period_s": 600}, format="json").status_code == 404
    reader = api_client(user_token(scopes=["telemetry:read"]))
    assert reader.patch(f"{URL}{source.id}/", {"period_s": 600}, format="json").status_code == 403
