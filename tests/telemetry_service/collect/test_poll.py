"""From a due source to raw rows, over real HTTP and a real PostgreSQL."""

import json
import logging
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from telemetry_service.collect import outcomes
from telemetry_service.collect.claims import LEASE, claim_due, next_due_at
from telemetry_service.collect.models import Attempt
from telemetry_service.collect.poll import collect_due
from telemetry_service.providers.engine.results import Answer, Poll, Reading
from telemetry_service.providers.models import Provider
from telemetry_service.raw.models import ProcessBacklog, RawAnswer, RawTelemetryData
from telemetry_service.sources.models import Source, State

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
HOUR = timedelta(hours=1)


class Tago:
    """TagoIO as its history answers: what lies in the window, oldest first, `qty` at most."""

    def __init__(self, server: HTTPServer) -> None:
        self.rows: dict[str, list[tuple[datetime, Any]]] = {}
        self.asked: list[Request] = []
        server.expect_request("/data").respond_with_handler(self.answer)

    def answer(self, request: Request) -> Response:
        self.asked.append(request)
        variable = request.args["variable"]
        start, end = (datetime.fromisoformat(request.args[name]) for name in ("start_date", "end_date"))
        inside = sorted(row for row in self.rows.get(variable, []) if start <= row[0] < end)[: int(request.args["qty"])]
        result = [
            {"id": uuid.uuid4().hex, "variable": variable, "value": value, "unit": "l/s", "time": at.isoformat()}
            for at, value in inside
        ]
        return Response(json.dumps({"status": True, "result": result}), 200, content_type="application/json")


@pytest.fixture
def tago(httpserver: HTTPServer) -> Tago:
    return Tago(httpserver)


def hours_before(now: datetime, count: int) -> list[datetime]:
    return [now - n * HOUR for n in range(count)]


def stored(source: Source) -> list[tuple[str, datetime, str]]:
    rows = RawTelemetryData.objects.filter(source_id=source.id).order_by("key", "device_time")
    return list(rows.values_list("key", "device_time", "value"))


def test_a_reading_ends_as_a_raw_row_with_its_answer(tago: Tago, make_source: Make, now: datetime) -> None:
    tago.rows = {"caudal": [(now, 12.50)], "total": [(now, 91755)]}
    source = make_source()
    assert collect_due(now) == 1
    assert stored(source) == [("caudal", now, "12.5"), ("total", now, "91755")]
    row = RawTelemetryData.objects.get(source_id=source.id, key="caudal")
    answer = RawAnswer.objects.get(received_at=row.received_at, id=row.answer_id)
    assert (row.received_at, row.unit, answer.source_id) == (now, "l/s", source.id)
    backlog = ProcessBacklog.objects.get(point_id=source.point_id)
    assert (backlog.from_time, backlog.version) == (now, 1)
    source.refresh_from_db()
    assert (source.last_outcome, source.next_poll_at, source.leased_until) == ("ok", now + HOUR, None)
    assert source.newest_at == now
    attempt = Attempt.objects.get()
    assert (attempt.outcome, attempt.readings, attempt.new, attempt.requests, attempt.status) == ("ok", 2, 2, 2, 200)


def test_what_came_between_two_polls_is_not_lost(tago: Tago, make_source: Make, now: datetime) -> None:
    source = make_source()
    tago.rows = {"caudal": [(at, 1) for at in hours_before(now, 3)]}
    collect_due(now)
    later = now + 5 * HOUR
    tago.rows["caudal"] += [(now + n * HOUR / 2, 2) for n in range(1, 11)]
    collect_due(later)
    assert len(stored(source)) == 13


def test_a_late_reading_within_the_look_back_is_found(tago: Tago, make_source: Make, now: datetime) -> None:
    source = make_source()
    tago.rows = {"caudal": [(now, 1)]}
    collect_due(now)
    tago.rows["caudal"].append((now - 90 * timedelta(minutes=1), 2))
    collect_due(now + HOUR)
    assert len(stored(source)) == 2
    assert ProcessBacklog.objects.get().from_time == now - timedelta(minutes=90)


def test_a_failure_does_not_move_a_sources_minute(httpserver: HTTPServer, make_source: Make, now: datetime) -> None:
    httpserver.expect_ordered_request("/data").respond_with_data("<html>502</html>", status=502)
    httpserver.expect_ordered_request("/data").respond_with_json({"status": True, "result": []})
    source = make_source(variables={"caudal": "flow"})
    collect_due(now)
    source.refresh_from_db()
    collect_due(source.next_poll_at)
    assert source.next_poll_at > now
    source.refresh_from_db()
    assert (source.last_outcome, source.next_poll_at) == ("no_data", source.created_at + HOUR)


def test_polling_a_frozen_device_adds_nothing(tago: Tago, make_source: Make, now: datetime) -> None:
    source = make_source()
    tago.rows = {"caudal": [(now, 1)]}
    for n in range(4):
        collect_due(now + n * HOUR)
    assert len(stored(source)) == 1
    assert RawAnswer.objects.count() == 1
    assert ProcessBacklog.objects.get().version == 1
    assert list(Attempt.objects.order_by("id").values_list("new", flat=True)) == [1, 0, 0, 0]


def test_a_long_past_is_read_window_by_window_in_one_pass(tago: Tago, make_source: Make, now: datetime) -> None:
    times = [now - timedelta(days=100) + n * timedelta(hours=12) for n in range(200)]
    tago.rows = {"caudal": [(at, 1) for at in times]}
    source = make_source(history_from=now - timedelta(days=101))
    assert collect_due(now) == 4  # windows of 31 days
    assert [at for _, at, _ in stored(source)] == times
    source.refresh_from_db()
    assert source.next_poll_at == now + HOUR


def test_an_empty_past_does_not_hold_the_present_back(tago: Tago, make_source: Make, now: datetime) -> None:
    tago.rows = {"caudal": [(now - HOUR, 1)]}
    source = make_source(history_from=now - timedelta(days=200))
    collect_due(now)
    assert len(stored(source)) == 1


def test_history_of_several_pages_is_complete(
    tago: Tago, make_source: Make, make_provider: Make, now: datetime
) -> None:
    tago.rows = {"caudal": [(at, 1) for at in hours_before(now, 100)]}
    provider = make_provider("tago", history={"page": {"limit": 7}})
    source = make_source(provider=provider)
    collect_due(now)
    assert len(stored(source)) == 100


def test_a_history_that_begins_later_is_not_asked_for_yet(tago: Tago, make_source: Make, now: datetime) -> None:
    tago.rows = {"caudal": [(now, 1), (now + 2 * HOUR, 2)]}
    source = make_source(history_from=now + 2 * HOUR)
    collect_due(now)
    assert (tago.asked, stored(source)) == ([], [])
    collect_due(now + 2 * HOUR)
    assert stored(source) == [("caudal", now + 2 * HOUR, "2")]


def test_null_is_no_data(tago: Tago, make_source: Make, now: datetime) -> None:
    tago.rows = {"caudal": [(now, None)]}
    source = make_source()
    collect_due(now)
    source.refresh_from_db()
    assert stored(source) == []
    assert (source.last_outcome, source.newest_at, source.cursors) == ("no_data", None, {})


def test_429_postpones_the_account_alone(
    httpserver: HTTPServer, make_source: Make, make_provider: Make, now: datetime
) -> None:
    message = {"status": False, "message": "Too many requests (Retry-After: 90)"}
    httpserver.expect_request("/data", headers={"Device-Token": "uno"}).respond_with_json(message, status=429)
    httpserver.expect_request("/data", headers={"Device-Token": "dos"}).respond_with_json(
        {"status": True, "result": []}
    )
    one, other = make_provider("tago", "limitada"), make_provider("tago", "libre")
    for n in range(3):
        make_source(provider=one, params={"token": "uno"}, variables={f"k{n}": "flow"})
    free = make_source(provider=other, params={"token": "dos"})
    collect_due(now)
    one.refresh_from_db()
    other.refresh_from_db()
    free.refresh_from_db()
    assert one.postponed_until == now + timedelta(seconds=90)
    assert (other.postponed_until, free.last_outcome) == (None, "no_data")
    assert next_due_at() == now + timedelta(seconds=90)
    assert collect_due(now + timedelta(seconds=89)) == 0
    assert Source.objects.filter(provider=one, leased_until=None, state=State.ACTIVE).count() == 3
    assert collect_due(now + timedelta(seconds=90)) >= 1


def test_refused_credentials_stop_every_source_of_the_account(
    httpserver: HTTPServer, make_source: Make, make_provider: Make, now: datetime
) -> None:
    body = {"status": 401, "message": "Invalid username or password", "errorCode": 10}
    httpserver.expect_request("/api/auth/login").respond_with_json(body, status=401)
    provider = make_provider("tdata", limits={"concurrency": 1, "retries": 0})
    for n in range(2):
        make_source("tdata", provider=provider, params={"device": f"d{n}"})
    collect_due(now)
    states = Source.objects.values_list("state", "stop_reason")
    assert {state for state, _ in states} == {State.STOPPED}
    assert all("Invalid username" in reason for _, reason in states)
    assert collect_due(now + 10 * HOUR) == 0


def test_a_failing_provider_is_asked_later_and_later(httpserver: HTTPServer, make_source: Make, now: datetime) -> None:
    httpserver.expect_request("/data").respond_with_data("<html>502</html>", status=502)
    source = make_source()
    pauses = []
    at = now
    for _ in range(4):
        collect_due(at)
        source.refresh_from_db()
        pauses.append(source.next_poll_at - at)
        at = source.next_poll_at
    assert pauses == [timedelta(minutes=n) for n in (1, 2, 4, 8)]
    assert (source.last_outcome, source.failures) == ("failed:transient", 4)
    assert stored(source) == []
    assert Attempt.objects.first().status == 502  # type: ignore[union-attr] # there are four


def test_after_three_hours_away_the_gap_closes_without_invented_rows(
    httpserver: HTTPServer, make_source: Make, now: datetime
) -> None:
    httpserver.expect_oneshot_request("/data").respond_with_data("", status=503)
    source = make_source(variables={"caudal": "flow"})
    collect_due(now)
    tago = Tago(httpserver)
    tago.rows = {"caudal": [(at, 1) for at in hours_before(now + 3 * HOUR, 10)]}
    collect_due(now + 3 * HOUR)
    assert len(stored(source)) == 10


def test_a_key_that_fails_keeps_its_place_while_the_others_go_on(
    httpserver: HTTPServer, make_source: Make, now: datetime
) -> None:
    httpserver.expect_request("/data", query_string=None)
    bad = {"status": False, "message": "variable inválida"}

    def answer(request: Request) -> Response:
        if request.args["variable"] == "total":
            return Response(json.dumps(bad), 400)
        record = {"variable": "caudal", "value": 1, "time": now.isoformat()}
        return Response(json.dumps({"status": True, "result": [record]}), 200)

    httpserver.clear()
    httpserver.expect_request("/data").respond_with_handler(answer)
    source = make_source()
    collect_due(now)
    source.refresh_from_db()
    assert set(source.cursors) == {"caudal"}
    assert source.last_outcome == "failed:config"
    assert source.next_poll_at == now + HOUR


def test_a_crash_before_the_commit_repeats_the_poll(
    tago: Tago, make_source: Make, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    tago.rows = {"caudal": [(now, 1)]}
    source = make_source()

    def crash(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError("the machine went away")

    with monkeypatch.context() as patch:
        patch.setattr(outcomes, "request_all", crash)
        with pytest.raises(RuntimeError):
            collect_due(now)
    source.refresh_from_db()
    assert (stored(source), source.cursors, Attempt.objects.count()) == ([], {}, 0)
    assert collect_due(now + timedelta(minutes=1)) == 0  # the lease still holds
    collect_due(now + timedelta(minutes=16))
    assert len(stored(source)) == 1


def test_two_workers_do_not_poll_the_same_source(tago: Tago, make_source: Make, now: datetime) -> None:
    assert next_due_at() is None
    places = {make_source().provider_id: 10}
    assert next_due_at() == now
    assert len(claim_due(now=now, places=places)) == 1
    assert next_due_at() == now + LEASE
    assert claim_due(now=now, places=places) == []


def test_a_worker_whose_lease_ran_out_does_not_move_the_cursor(tago: Tago, make_source: Make, now: datetime) -> None:
    source = make_source()
    (slow,) = claim_due(now=now, places={source.provider_id: 1})
    tago.rows = {"caudal": [(now, 1)]}
    collect_due(now + HOUR)
    source.refresh_from_db()
    cursors = source.cursors
    outcomes.finish(source=slow, poll=Poll(), end=now, duration=timedelta(), now=now + HOUR)
    source.refresh_from_db()
    assert source.cursors == cursors
    assert source.next_poll_at == now + 2 * HOUR


def test_a_poll_that_began_elsewhere_does_not_move_the_cursor(tago: Tago, make_source: Make, now: datetime) -> None:
    """A database that lost its last commits in a crash has an older cursor than the poll that was under way."""
    source = make_source(variables={"caudal": "flow"})
    (ahead,) = claim_due(now=now, places={source.provider_id: 1})
    ahead.cursors = {"caudal": (now - HOUR).isoformat()}
    readings = [Reading("caudal", "1", now, "", 0)]
    poll = Poll(readings=readings, answers=[Answer("GET", 200, b"{}")], searched={"caudal": now + HOUR})
    outcomes.finish(source=ahead, poll=poll, end=now + HOUR, duration=timedelta(), now=now)
    source.refresh_from_db()
    assert (source.cursors, source.leased_until, source.next_poll_at) == ({}, None, now + HOUR)
    assert len(stored(source)) == 1  # what it brought is a fact all the same


def test_an_impossible_time_is_no_reading(tago: Tago, make_source: Make, now: datetime) -> None:
    tago.rows = {"caudal": [(now, 1)]}
    source = make_source()
    tago.answer = lambda request: Response(  # type: ignore[method-assign]
        json.dumps({"status": True, "result": []})
    )
    poll_rows = [(datetime(1970, 1, 1, tzinfo=UTC), 3), (now + timedelta(days=400), 4)]
    source.leased_until = None
    readings = [Reading("caudal", str(value), at, "", 0) for at, value in [*poll_rows, (now, 1)]]
    poll = Poll(readings=readings, answers=[Answer("GET", 200, b"{}")])
    outcomes.finish(source=source, poll=poll, end=now, duration=timedelta(), now=now)
    assert stored(source) == [("caudal", now, "1")]
    attempt = Attempt.objects.get()
    assert attempt.unreadable == 2
    assert "1970" in attempt.message


def test_a_source_whose_point_was_deleted_is_left_alone(tago: Tago, make_source: Make, now: datetime) -> None:
    source = make_source()
    source.point.deleted = True
    source.point.save()
    assert collect_due(now) == 0


def test_latest_is_asked_where_a_provider_has_no_history(
    httpserver: HTTPServer, make_source: Make, make_provider: Make, now: datetime
) -> None:
    record = {"variable": "caudal", "value": 7, "time": now.isoformat()}
    httpserver.expect_request("/data", query_string={"variable": "caudal", "query": "last_value"}).respond_with_json(
        {"status": True, "result": [record]}
    )
    provider = make_provider("tago", history=None)
    source = make_source(provider=provider, variables={"caudal": "flow"})
    collect_due(now)
    assert stored(source) == [("caudal", now, "7")]


def test_a_bug_with_one_provider_does_not_take_the_others_along(
    tago: Tago, make_source: Make, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry_service.collect import asking

    tago.rows = {"caudal": [(now, 1)]}
    broken, fine = make_source(), make_source(params={"token": "otro"}, provider=Provider.objects.first())
    read = asking._read

    def sometimes(source: Source, *rest: Any) -> Any:
        if source.id == broken.id:
            raise KeyError("surprise")
        return read(source, *rest)

    monkeypatch.setattr(asking, "_read", sometimes)
    collect_due(now)
    assert len(stored(fine)) == 1
    broken.refresh_from_db()
    assert broken.last_outcome == "failed:parse"


@pytest.mark.parametrize("status", [200, 401, 404, 502])
def test_no_secret_is_written_anywhere(
    httpserver: HTTPServer, make_source: Make, now: datetime, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    body = {"message": "cosa-000-secreta no sirve"}
    httpserver.expect_request("/things/cosa-000-secreta/resources/caudal").respond_with_json(body, status=status)
    make_source("thingsio", variables={"caudal": "flow"})
    collect_due(now)
    rows = [str(list(model.objects.values())) for model in (Attempt, Provider)]
    sources = str(list(Source.objects.values("params", "stop_reason", "last_outcome")))
    logs = [record.getMessage() for record in caplog.records if not record.name.startswith(("werkzeug", "django.db"))]
    assert "cosa-000-secreta" not in f"{rows} {sources} {logs}"
    assert all("/things/***/resources/caudal" in attempt.request for attempt in Attempt.objects.all())
