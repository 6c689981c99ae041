"""The example of a GRPC provider against a gRPC server of the test's own."""

import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import grpc  # type: ignore[import-untyped]  # ships no types
import pytest

from shared.errors import InvalidInput
from telemetry_service.providers.adapters import Failure, FailureClass, adapter_for
from tests.telemetry_service.providers.examples.conftest import HOUR, NOW, InstallExample, OpenAccount, ask, said

METHOD = "/telemetry.Readings/Read"
TOKEN = "token-000-secreto"


@dataclass
class Service(grpc.GenericRpcHandler):  # type: ignore[misc]  # grpc ships no types
    """Readings of one device, oldest first; `answer` takes their place where a test wants something else."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)
    answer: Callable[[Any], bytes] | None = None
    target: str = ""

    def service(self, details: Any) -> Any:
        return grpc.unary_unary_rpc_method_handler(self.read) if details.method == METHOD else None

    def read(self, request: bytes, context: Any) -> bytes:
        if ("authorization", f"Bearer {TOKEN}") not in context.invocation_metadata():
            context.abort(grpc.StatusCode.UNAUTHENTICATED, f"who is {dict(context.invocation_metadata())}?")
        wanted = json.loads(request)
        self.asked.append(wanted)
        if self.answer is not None:
            return self.answer(context)
        inside = [
            row
            for row in sorted(self.rows, key=lambda row: row["time"])
            if row["key"] in wanted["keys"] and _at(wanted["start"]) <= _at(row["time"]) < _at(wanted["end"])
        ]
        page = inside[: wanted["limit"]]
        return json.dumps({"readings": page, "more": len(inside) > len(page)}).encode()


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.fixture(autouse=True)
def installed(install_example: InstallExample) -> None:
    install_example("grpc_json")


@pytest.fixture
def service() -> Iterator[Service]:
    server, service = grpc.server(ThreadPoolExecutor(2)), Service()
    server.add_generic_rpc_handlers((service,))
    service.target = f"localhost:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield service
    server.stop(None).wait(5)


def read(service: Service, open_account: OpenAccount, runner: asyncio.Runner, *keys: str, token: str = TOKEN) -> Any:
    session = open_account("GRPC", "", {"target": service.target, "tls": False}, token=token)
    return runner.run(session.read(ask({"device": "7"}, *keys)))


def row(key: str, hours_ago: int, value: Any, **more: Any) -> dict[str, Any]:
    return {"key": key, "time": (NOW - hours_ago * HOUR).isoformat(), "value": value, "unit": "L/s", **more}


def test_readings_of_two_keys(service: Service, open_account: OpenAccount, runner: asyncio.Runner) -> None:
    service.rows = [row("caudal", 1, 12.50), row("total", 1, 4294967296123), row("otra", 1, 3), row("caudal", 0, None)]
    poll = read(service, open_account, runner, "caudal", "total")
    assert said(poll) == [
        ("caudal", "12.5", "2026-01-02T11:00:00+00:00"),
        ("total", "4294967296123", "2026-01-02T11:00:00+00:00"),
    ]
    assert (poll.failure, set(poll.searched), poll.readings[0].unit) == (None, {"caudal", "total"}, "L/s")
    assert service.asked[0]["device"] == "7"


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 2500])
def test_pages_lose_nothing_and_repeat_nothing(
    service: Service, open_account: OpenAccount, runner: asyncio.Runner, count: int
) -> None:
    service.rows = [{**row("caudal", 0, n), "time": (NOW - n * HOUR / 60).isoformat()} for n in range(count)]
    poll = read(service, open_account, runner, "caudal")
    assert len(poll.readings) == len({one.device_time for one in poll.readings}) == count
    assert (poll.failure, poll.outcome) == (None, "ok" if count else "no_data")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (grpc.StatusCode.UNAUTHENTICATED, FailureClass.AUTH),
        (grpc.StatusCode.PERMISSION_DENIED, FailureClass.AUTH),
        (grpc.StatusCode.NOT_FOUND, FailureClass.CONFIG),
        (grpc.StatusCode.INVALID_ARGUMENT, FailureClass.CONFIG),
        (grpc.StatusCode.RESOURCE_EXHAUSTED, FailureClass.RATE_LIMITED),
        (grpc.StatusCode.UNAVAILABLE, FailureClass.TRANSIENT),
        (grpc.StatusCode.INTERNAL, FailureClass.TRANSIENT),
    ],
)
def test_a_status_has_a_class(
    service: Service, open_account: OpenAccount, runner: asyncio.Runner, code: Any, kind: FailureClass
) -> None:
    def answer(context: Any) -> bytes:
        context.set_trailing_metadata([("retry-after", "8")])
        context.abort(code, "dice que no")
        return b""

    service.answer = answer
    poll = read(service, open_account, runner, "caudal")
    assert poll.failure == Failure(kind, f"{code.name}: dice que no", wait_s=8.0)
    assert (poll.readings, poll.searched) == ([], {})


@pytest.mark.parametrize(
    "body",
    [
        b"<html>",
        b'{"readings": [{"key"',
        b"[]",
        b'{"readings": [{"key": "caudal", "time": "2026-01-02T11:00:00", "value": 1}], "more": false}',
        b'{"readings": [{"key": "caudal", "time": "2026-01-02T11:00:00Z", "value": "1"}], "more": false}',
        b'{"readings": [{"key": "caudal", "time": "2026-01-02T11:00:00Z", "value": NaN}], "more": false}',
    ],
)
def test_what_cannot_be_read_is_no_number(
    service: Service, open_account: OpenAccount, runner: asyncio.Runner, body: bytes
) -> None:
    service.answer = lambda _: body
    poll = read(service, open_account, runner, "caudal")
    assert poll.failure is not None
    assert (poll.failure.kind, poll.readings, poll.searched) == (FailureClass.PARSE, [], {})


def test_a_service_that_says_more_and_gives_none_is_left(
    service: Service, open_account: OpenAccount, runner: asyncio.Runner
) -> None:
    service.answer = lambda _: b'{"readings": [], "more": true}'
    poll = read(service, open_account, runner, "caudal")
    assert poll.failure is not None
    assert (poll.failure.kind, len(service.asked)) == (FailureClass.CONFIG, 1)


def test_the_token_is_in_nothing_that_is_kept(
    service: Service, open_account: OpenAccount, runner: asyncio.Runner
) -> None:
    poll = read(service, open_account, runner, "caudal", token="otro-000-secreto")
    assert poll.failure is not None
    assert poll.failure.kind is FailureClass.AUTH
    assert "otro-000-secreto" not in repr(poll)
    assert "***" in poll.failure.message


def test_nobody_there(open_account: OpenAccount, runner: asyncio.Runner) -> None:
    poll = read(Service(target="localhost:9"), open_account, runner, "caudal")
    assert poll.failure is not None
    assert poll.failure.kind is FailureClass.TRANSIENT


def test_a_private_service_is_not_reached(open_account: OpenAccount, runner: asyncio.Runner) -> None:
    poll = read(Service(target="10.0.0.7:443"), open_account, runner, "caudal")
    assert poll.failure is not None
    assert poll.failure.kind is FailureClass.CONFIG


@pytest.mark.parametrize(
    ("config", "field"),
    [
        ({"target": "sin-puerto"}, "target"),
        ({"target": "a b:1"}, "target"),
        ({}, "target"),
        ({"target": "x.cl:443", "tls": "si"}, "tls"),
        ({"target": "x.cl:443", "otra": 1}, "otra"),
    ],
)
def test_a_wrong_configuration_is_named(config: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        adapter_for("GRPC").parse(config)
    assert [error.field for error in caught.value.errors] == [field]


@pytest.mark.django_db
def test_the_type_is_offered_once_it_is_installed() -> None:
    from telemetry_service.providers.queries import type_states

    states = {one.type: one.problem for one in type_states()}
    assert states["GRPC"] == ""
