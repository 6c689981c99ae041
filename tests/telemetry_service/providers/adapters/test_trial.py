"""A dry run with any adapter: those that show every exchange, and those that only read."""

import asyncio
import json
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from telemetry_service.providers.adapters import Account, Answer, Ask, Param, Poll, Reading, Tried, adapter_for
from telemetry_service.providers.adapters.trial import try_out
from telemetry_service.providers.presets import override, preset
from telemetry_service.providers.turns import Gate
from tests.telemetry_service.providers.conftest import CREDENTIALS, no_pause
from tests.telemetry_service.providers.test_session import login_body

NOW = datetime(2026, 1, 2, tzinfo=UTC)
DAY = timedelta(days=1)
DEVICE = "/api/plugins/telemetry/DEVICE/8f1d"


def account(adapter: Any, parsed: Any, **credentials: str) -> Account:
    allow = frozenset({"localhost", "127.0.0.1"})
    return Account(uuid.uuid4(), parsed, credentials, allow, Gate(4), no_pause)


def run(runner: asyncio.Runner, name: str, url: str, params: dict[str, str], *keys: str, **changes: Any) -> Tried:
    adapter = adapter_for("HTTP_API")
    base = {"base_url": url.rstrip("/"), "limits": {"rate": "1000/s"}}
    parsed = adapter.parse(override(override(preset(name), base), changes))
    said = CREDENTIALS if adapter.credentials(parsed) == set(CREDENTIALS) else {}
    ask = Ask(params, dict.fromkeys(keys, NOW - DAY), NOW + timedelta(minutes=1), NOW)
    return runner.run(try_out(adapter, account(adapter, parsed, **said), ask))


def test_a_login_its_latest_its_past_and_its_keys(httpserver: HTTPServer, runner: asyncio.Runner) -> None:
    asked: list[Request] = []

    def values(request: Request) -> Response:
        asked.append(request)
        hours = range(3) if "startTs" in request.args else range(1)
        rows = [{"ts": int((NOW - n * timedelta(hours=1)).timestamp() * 1000), "value": str(n)} for n in hours]
        return Response(json.dumps({"5001": rows}), 200)

    httpserver.expect_request("/api/auth/login").respond_with_json(login_body())
    httpserver.expect_request(f"{DEVICE}/values/timeseries").respond_with_handler(values)
    httpserver.expect_request(f"{DEVICE}/keys/timeseries").respond_with_json(["5001", "5002"])
    tried = run(runner, "tdata", httpserver.url_for(""), {"device": "8f1d"}, "5001")
    assert [(one.status, one.is_login) for one in tried.steps] == [
        (200, True),
        (200, False),
        (200, False),
        (200, False),
    ]
    assert tried.steps[0].body == ""
    assert login_body()["token"] not in repr(tried.steps)
    assert tried.offered == {"5001": frozenset({"5001", "5002"})}
    assert [(one.key, one.value) for one in tried.readings] == [("5001", "2"), ("5001", "1"), ("5001", "0")]
    assert (tried.failure, tried.has_history, tried.without_zone) == (None, True, frozenset())


def test_the_past_is_looked_for_where_the_device_last_spoke(httpserver: HTTPServer, runner: asyncio.Runner) -> None:
    """A device that fell silent a week ago has readings to show, before that."""
    last = NOW - timedelta(days=7)
    asked: list[tuple[str, str]] = []

    def answer(request: Request) -> Response:
        if "start_date" in request.args:
            asked.append((request.args["start_date"], request.args["end_date"]))
        record = {"variable": "caudal", "value": 3, "time": last.isoformat()}
        return Response(json.dumps({"status": True, "result": [record]}), 200)

    httpserver.expect_request("/data").respond_with_handler(answer)
    tried = run(runner, "tago", httpserver.url_for(""), {"token": "t"}, "caudal")
    ((start, end),) = asked
    assert datetime.fromisoformat(start) < last <= datetime.fromisoformat(end)
    assert datetime.fromisoformat(end) - last < timedelta(seconds=1)
    assert len(tried.readings) == 1


def test_a_refused_login_is_the_end_of_it(httpserver: HTTPServer, runner: asyncio.Runner) -> None:
    body = {"status": 401, "message": "Invalid username or password secreto-de-prueba", "errorCode": 10}
    httpserver.expect_request("/api/auth/login").respond_with_json(body, status=401)
    tried = run(runner, "tdata", httpserver.url_for(""), {"device": "8f1d"}, "5001")
    assert [one.status for one in tried.steps] == [401]
    assert tried.failure is not None
    assert (tried.failure.kind, tried.offered) == ("auth", {})
    assert "secreto-de-prueba" not in repr(tried)


def test_a_failing_list_of_keys_is_no_failure(httpserver: HTTPServer, runner: asyncio.Runner) -> None:
    httpserver.expect_request("/api/auth/login").respond_with_json(login_body())
    httpserver.expect_request(f"{DEVICE}/values/timeseries").respond_with_json({})
    httpserver.expect_request(f"{DEVICE}/keys/timeseries").respond_with_data("", status=404)
    tried = run(runner, "tdata", httpserver.url_for(""), {"device": "8f1d"}, "5001")
    assert (tried.failure, tried.offered) == (None, {})


def test_nothing_is_tried_twice(httpserver: HTTPServer, runner: asyncio.Runner) -> None:
    httpserver.expect_request("/data").respond_with_data("<html>", status=502)
    tried = run(runner, "tago", httpserver.url_for(""), {"token": "t"}, "caudal")
    assert len(httpserver.log) == len(tried.steps) == 1


@pytest.mark.parametrize(
    ("at", "is_odd"),
    [
        ("2026-01-02T00:00:00", True),
        ("2026-01-02 00:00:00", True),
        ("20260102000000", True),
        ("2026-01-02T00:00:00Z", False),
        ("2026-01-01T21:00:00-03:00", False),
    ],
)
def test_a_time_that_says_no_zone(httpserver: HTTPServer, runner: asyncio.Runner, at: str, is_odd: bool) -> None:
    httpserver.expect_request("/things/t/resources/caudal").respond_with_json([{"value": 1, "datetime": at}])
    tried = run(runner, "thingsio", httpserver.url_for(""), {"thing_token": "t"}, "caudal")
    assert tried.without_zone == (frozenset({"caudal"}) if is_odd else frozenset())
    assert len(tried.readings) == 1


class Simple:
    """An adapter that reads and shows nothing more."""

    type = "CUSTOM"
    backfill = lookback = timedelta(days=3)
    concurrency = 1
    closed = False

    def parse(self, config: Any) -> Any:
        return config

    def credentials(self, parsed: Any) -> frozenset[str]:
        return frozenset({"pin"})

    def params(self, parsed: Any) -> Sequence[Param]:
        return (Param("token", True, True), Param("file", False, True))

    def open(self, account: Account) -> "Simple":
        return self

    async def read(self, ask: Ask) -> Poll:
        reading = Reading("caudal", "1", NOW, "", 0)
        body = b"caudal;1;pin-000-secreto;tok-000-secreto;\xff"
        answer = Answer("LEE a.csv?tok-000-secreto", 200, body)
        return Poll(readings=[reading], answers=[answer], searched={"caudal": ask.end})

    async def close(self) -> None:
        self.closed = True


def test_an_adapter_that_only_reads_is_shown_by_what_it_gave(runner: asyncio.Runner) -> None:
    adapter = Simple()
    ask = Ask({"file": "a.csv"}, {"caudal": NOW - DAY}, NOW, NOW, {"caudal": {"token": "tok-000-secreto"}})
    tried = runner.run(try_out(adapter, account(adapter, None, pin="pin-000-secreto"), ask))
    (step,) = tried.steps
    assert (step.request, step.status, step.body) == ("LEE a.csv?***", 200, "caudal;1;***;***;�")
    assert (len(tried.readings), tried.has_history, tried.offered, adapter.closed) == (1, True, {}, True)
