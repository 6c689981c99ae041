"""The HTTP engine behind the interface of all adapters: keys of several parameters, and what a 404 for all means."""

import asyncio
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from telemetry_service.providers.adapters import Account, Ask, FailureClass, Poll, Session, adapter_for
from telemetry_service.providers.presets import override, preset
from telemetry_service.providers.turns import Gate
from tests.telemetry_service.providers.conftest import no_pause

NOW = datetime(2026, 1, 2, tzinfo=UTC)
HOUR, END = timedelta(hours=1), NOW + timedelta(minutes=1)
Open = Callable[..., Session]


@pytest.fixture
def open_account(httpserver: HTTPServer, runner: asyncio.Runner) -> Iterator[Open]:
    opened: list[Session] = []

    def make(name: str, changes: Mapping[str, Any] | None = None) -> Session:
        base = {"base_url": httpserver.url_for("").rstrip("/"), "limits": {"rate": "1000/s", "retries": 0}}
        adapter = adapter_for("HTTP_API")
        parsed = adapter.parse(override(override(preset(name), base), changes or {}))
        account = Account(uuid.uuid4(), parsed, {}, frozenset({"localhost"}), Gate(10), no_pause)

        async def start() -> Session:
            return adapter.open(account)

        opened.append(runner.run(start()))
        return opened[-1]

    yield make
    for session in opened:
        runner.run(session.close())


def ask(params: dict[str, str], *keys: str, **overrides: dict[str, str]) -> Ask:
    return Ask(params, dict.fromkeys(keys, NOW - HOUR), END, NOW, overrides)


def tago(request: Request) -> Response:
    """Every token has one record of every variable: its own name."""
    record = {"variable": request.args["variable"], "value": 1, "time": NOW.isoformat(), "unit": _token(request)}
    return Response(json.dumps({"status": True, "result": [record]}), 200)


def _token(request: Request) -> str:
    return request.headers["Device-Token"]


def test_a_key_with_a_token_of_its_own_is_asked_for_with_that(
    httpserver: HTTPServer, open_account: Open, runner: asyncio.Runner
) -> None:
    httpserver.expect_request("/data").respond_with_handler(tago)
    said = ask({"token": "uno"}, "caudal", "nivel", "total", nivel={"token": "dos"}, total={"token": "uno"})
    poll = runner.run(open_account("tago").read(said))
    assert {one.key: one.unit for one in poll.readings} == {"caudal": "uno", "nivel": "dos", "total": "uno"}
    assert [json.loads(poll.answers[one.answer].body)["result"][0]["unit"] for one in poll.readings] == [
        one.unit for one in poll.readings
    ]
    assert poll.requests == 3
    assert set(poll.searched) == {"caudal", "nivel", "total"}


def test_keys_are_grouped_by_all_of_their_parameters() -> None:
    said = ask({"device": "d", "entity": "DEVICE"}, "a", "b", "c", "d", b={"device": "e"}, c={"device": "e"})
    groups = [(group.params, sorted(group.starts)) for group in said.by_params()]
    assert groups == [
        ({"device": "d", "entity": "DEVICE"}, ["a", "d"]),
        ({"device": "e", "entity": "DEVICE"}, ["b", "c"]),
    ]


def test_a_bad_device_of_one_key_leaves_the_others_alone(
    httpserver: HTTPServer, open_account: Open, runner: asyncio.Runner
) -> None:
    def answer(request: Request) -> Response:
        return tago(request) if _token(request) == "uno" else Response('{"status":false,"message":"no"}', 400)

    httpserver.expect_request("/data").respond_with_handler(answer)
    poll = runner.run(open_account("tago").read(ask({"token": "uno"}, "caudal", "nivel", caudal={"token": "malo"})))
    assert poll.failure is not None
    assert poll.failure.kind is FailureClass.CONFIG
    assert [one.key for one in poll.readings] == ["nivel"]
    assert set(poll.searched) == {"nivel"}


def test_a_refused_account_is_not_asked_for_the_other_group(
    httpserver: HTTPServer, open_account: Open, runner: asyncio.Runner
) -> None:
    httpserver.expect_request("/data").respond_with_json({"status": False, "message": "Authorization Denied"})
    poll = runner.run(open_account("tago").read(ask({"token": "uno"}, "caudal", "nivel", nivel={"token": "dos"})))
    assert poll.failure is not None
    assert (poll.failure.kind, len(httpserver.log)) == (FailureClass.AUTH, 1)


def test_without_a_history_the_latest_is_all_there_is(
    httpserver: HTTPServer, open_account: Open, runner: asyncio.Runner
) -> None:
    httpserver.expect_request("/data", query_string={"variable": "caudal", "query": "last_value"}).respond_with_handler(
        tago
    )
    poll = runner.run(open_account("tago", {"history": None}).read(ask({"token": "uno"}, "caudal")))
    assert (len(poll.readings), poll.searched) == (1, {"caudal": END})


def things(httpserver: HTTPServer, *known: str) -> None:
    for key in ("caudal", "nivel"):
        found = key in known
        httpserver.expect_request(f"/things/cosa/resources/{key}").respond_with_json([], status=200 if found else 404)


def read_things(open_account: Open, runner: asyncio.Runner) -> Poll:
    return runner.run(open_account("thingsio").read(ask({"thing_token": "cosa"}, "caudal", "nivel")))


def test_404_for_one_key_is_no_data(httpserver: HTTPServer, open_account: Open, runner: asyncio.Runner) -> None:
    things(httpserver, "caudal")
    poll = read_things(open_account, runner)
    assert (poll.outcome, poll.failure, set(poll.searched)) == ("no_data", None, {"caudal", "nivel"})


def test_404_for_every_key_is_a_wrong_token_or_wrong_keys(
    httpserver: HTTPServer, open_account: Open, runner: asyncio.Runner
) -> None:
    things(httpserver)
    poll = read_things(open_account, runner)
    assert poll.failure is not None
    assert (poll.failure.kind, poll.failure.status) == (FailureClass.CONFIG, 404)
    assert poll.searched == {}  # nothing of the past is taken for empty


def test_what_an_account_and_a_source_must_say() -> None:
    adapter = adapter_for("HTTP_API")
    parsed = adapter.parse(preset("tdata"))
    assert adapter.credentials(parsed) == {"username", "password"}
    assert [(param.name, param.required) for param in adapter.params(parsed)] == [("device", True), ("entity", False)]


def test_no_secret_shows_in_what_is_asked_or_opened() -> None:
    account = Account(uuid.uuid4(), None, {"password": "secreto"}, frozenset(), Gate(1), no_pause)
    said = ask({"token": "secreto"}, "caudal", caudal={"token": "secreto"})
    assert "secreto" not in f"{account} {said}"
