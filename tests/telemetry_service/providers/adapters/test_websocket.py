"""The WebSocket of a provider that takes tokens back, closes, or says what nobody asked for."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from telemetry_service.providers.adapters import Account, Failure, FailureClass, PollFailed
from telemetry_service.providers.adapters.interface import Device, Heard
from telemetry_service.providers.adapters.websocket import ThingsBoardSocket
from telemetry_service.providers.presets import override, preset
from telemetry_service.providers.turns import Gate

A = uuid.UUID(int=1)
DEVICES = [Device(A, frozenset({"nivel"}), {"device": "d-1"})]
FRAME = {
    "cmdId": 1,
    "errorCode": 0,
    "update": [
        {
            "entityId": {"entityType": "DEVICE", "id": "d-1"},
            "latest": {"TIME_SERIES": {"nivel": {"ts": 1767355200000, "value": "2.30"}}},
        }
    ],
}


class Provider:
    """Gives tokens t1, t2, …, and takes on its WebSocket those in `good`; then it says what it is told to."""

    def __init__(self, *frames: Any, good: str = "t1") -> None:
        self.frames, self.good = frames, good
        self.logins = 0
        self.heard: list[Any] = []

    async def log_in(self, request: web.Request) -> web.Response:
        self.logins += 1
        return web.json_response({"token": f"t{self.logins}", "refreshToken": ""})

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        hello = json.loads((await socket.receive()).data)
        self.heard.append(hello)
        if hello["authCmd"]["token"] != self.good:
            await socket.close(code=1008)
            return socket
        self.heard.append(json.loads((await socket.receive()).data))
        for frame in self.frames:
            await socket.send_str(frame if isinstance(frame, str) else json.dumps(frame))
        await socket.close()
        return socket


@asynccontextmanager
async def serving(provider: Provider) -> AsyncIterator[str]:
    app = web.Application()
    app.add_routes([web.post("/api/auth/login", provider.log_in), web.get("/api/ws", provider.socket)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def listen(provider: Provider, *, allow: frozenset[str] = frozenset({"127.0.0.1"})) -> tuple[list[Heard], Failure]:
    """What is heard until it ends, and why it ends."""
    heard: list[Heard] = []

    async def emit(one: Heard) -> None:
        heard.append(one)

    async def run() -> Failure:
        adapter = ThingsBoardSocket()
        async with serving(provider) as url:
            http = override(preset("nettra"), {"base_url": url, "limits": {"retries": 0}})
            parsed = adapter.parse({"engine": "thingsboard-ws/1", "http": http})
            credentials = {"username": "ops@example.cl", "password": "synthetic-secret"}
            account = Account(uuid.UUID(int=9), parsed, credentials, allow, Gate(4), asyncio.sleep)
            with pytest.raises(PollFailed) as caught:
                await adapter.stream(account, DEVICES, emit)
            return caught.value.failure

    return heard, asyncio.run(run())


def test_what_it_says_is_heard_until_it_closes() -> None:
    provider = Provider({"cmdId": 1, "errorCode": 0, "data": {"data": []}}, FRAME)
    heard, failure = listen(provider)
    opening, reading = heard
    assert (opening.readings, opening.source_id) == ([], A)  # it hears, though there is nothing yet
    assert [(one.key, one.value) for one in reading.readings] == [("nivel", "2.30")]
    assert reading.body == json.dumps(FRAME).encode()
    assert (failure.kind, provider.logins) == (FailureClass.TRANSIENT, 1)
    assert list(provider.heard[0]) == ["authCmd"]
    assert provider.heard[1]["cmds"][0]["type"] == "ENTITY_DATA"


def test_a_token_that_was_taken_back_is_followed_by_a_new_login() -> None:
    provider = Provider(FRAME, good="t2")
    heard, failure = listen(provider)
    assert (len(heard), failure.kind, provider.logins) == (2, FailureClass.TRANSIENT, 2)


def test_two_tokens_in_a_row_that_it_does_not_take_are_a_refusal() -> None:
    provider = Provider(FRAME, good="none")
    heard, failure = listen(provider)
    assert (heard, failure.kind, provider.logins) == ([], FailureClass.AUTH, 2)


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        ({"cmdId": 1, "errorCode": 2, "errorMsg": "Filter not supported"}, FailureClass.CONFIG),
        ("<html>", FailureClass.PARSE),
        ("x" * 6_000_000, FailureClass.TRANSIENT),
    ],
)
def test_what_cannot_be_read_is_a_failure_with_a_class(frame: Any, kind: FailureClass) -> None:
    heard, failure = listen(Provider(frame))
    assert (heard, failure.kind) == ([], kind)


def test_an_address_that_is_not_allowed_is_not_spoken_to() -> None:
    provider = Provider(FRAME)
    heard, failure = listen(provider, allow=frozenset())
    assert (heard, failure.kind, provider.heard) == ([], FailureClass.CONFIG, [])
