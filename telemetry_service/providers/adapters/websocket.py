"""WEBSOCKET: a ThingsBoard that says what comes as it comes; what came while nobody listened is read by HTTP."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from shared import clock
from shared.errors import OutsideError, Refused, invalid
from telemetry_service.providers.adapters.http_api import HttpSession
from telemetry_service.providers.adapters.interface import Account, Device, Emit, Heard
from telemetry_service.providers.engine.resolver import GuardedResolver
from telemetry_service.providers.engine.results import Failure, FailureClass, PollFailed
from telemetry_service.providers.engine.row import Param
from telemetry_service.providers.engine.session import AccountSession
from telemetry_service.providers.engine.templates import BadTemplate
from telemetry_service.providers.websocket.frames import Wanted, authentication, read_frame, subscriptions, wanted_of
from telemetry_service.providers.websocket.row import SocketRow, parse_socket

MOST_BYTES = 5_000_000
OPEN_S = 15.0
# ThingsBoard closes so on a token that it does not take.
POLICY_VIOLATION = 1008


class Unauthorised(Exception):
    pass


class ThingsBoardSocket:
    type = "WEBSOCKET"

    def parse(self, config: Mapping[str, Any]) -> SocketRow:
        return parse_socket(config)

    def credentials(self, parsed: SocketRow) -> frozenset[str]:
        return parsed.credentials

    def params(self, parsed: SocketRow) -> Sequence[Param]:
        return parsed.params

    def open(self, account: Account) -> HttpSession:
        """By HTTP: what came while nobody listened."""
        if account.parsed.http is None:
            raise invalid("config.http", "falta: no hay historial que leer", expected="una fila http-poll/1")
        return HttpSession(_session(account))

    def has_history(self, parsed: SocketRow) -> bool:
        return parsed.http is not None

    async def stream(self, account: Account, devices: Sequence[Device], emit: Emit) -> None:
        """The first that it emits, though it may be empty, says that it hears."""
        tokens = _Tokens(account)
        try:
            try:
                await _listen(account, await tokens.one(), devices, emit)
            except Unauthorised:
                # The token of the login may have been taken back before its time; a second one is not refused for that.
                await _listen(account, await tokens.another(), devices, emit)
        except Unauthorised:
            raise PollFailed(Failure(FailureClass.AUTH, "ThingsBoard no acepta el token")) from None
        finally:
            await tokens.close()


class _Tokens:
    """Of the account's login, or its own."""

    def __init__(self, account: Account) -> None:
        self._account = account
        row: SocketRow = account.parsed
        self._session = _session(account) if row.http and row.token is None else None
        self._used = ""

    async def one(self) -> str:
        row: SocketRow = self._account.parsed
        if self._session is not None:
            self._used = await self._session.access(clock.now(), instead_of=self._used)
        elif row.token is not None:
            self._used = _rendered(row, self._account)
        return self._used

    async def another(self) -> str:
        before = self._used
        if await self.one() == before:
            raise Unauthorised
        return self._used

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()


async def _listen(account: Account, token: str, devices: Sequence[Device], emit: Emit) -> None:
    row: SocketRow = account.parsed
    try:
        async with (
            _client(account) as client,
            client.ws_connect(
                row.url, heartbeat=row.ping_s, max_msg_size=MOST_BYTES, timeout=aiohttp.ClientWSTimeout(ws_close=5.0)
            ) as socket,
        ):
            await socket.send_str(authentication(token))
            await _converse(socket, wanted_of(devices), devices, emit)
    except OutsideError as error:
        kind = FailureClass.CONFIG if isinstance(error, Refused) else FailureClass.TRANSIENT
        raise PollFailed(Failure(kind, error.detail)) from None
    # Only the type's name: a library's error carries the address.
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
        raise PollFailed(Failure(FailureClass.TRANSIENT, f"sin WebSocket ({type(error).__name__})")) from None


async def _converse(
    socket: aiohttp.ClientWebSocketResponse, wanted: Wanted, devices: Sequence[Device], emit: Emit
) -> None:
    commands = subscriptions(wanted)
    for command in commands:
        await socket.send_str(command)
    opening = True
    async for message in socket:
        if message.type is not aiohttp.WSMsgType.TEXT:
            continue
        received_at = clock.now()
        heard = read_frame(message.data, wanted, received_at=received_at)
        if opening:
            opening = False
            await emit(Heard(devices[0].source_id, [], b"", received_at))
        await _emit_all(heard, emit)
    if socket.close_code == POLICY_VIOLATION:
        raise Unauthorised
    raise PollFailed(Failure(FailureClass.TRANSIENT, f"ThingsBoard cerró el WebSocket ({socket.close_code})"))


async def _emit_all(heard: Iterable[Heard], emit: Emit) -> None:
    """Together: what one frame says is stored in one commit."""
    news = [one for one in heard if one.readings]
    if news:
        await asyncio.gather(*(emit(one) for one in news))


def _client(account: Account) -> aiohttp.ClientSession:
    row: SocketRow = account.parsed
    base = row.url.replace("ws", "http", 1)
    resolver = GuardedResolver(base, allow=account.allow, allow_http=row.allow_plain)
    resolver.look()
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=resolver),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(connect=OPEN_S, sock_connect=OPEN_S),
        headers={"User-Agent": "stack-vps", "Origin": f"{urlsplit(base).scheme}://{urlsplit(base).netloc}"},
    )


def _session(account: Account) -> AccountSession:
    return AccountSession(
        account.parsed.http, account.credentials, gate=account.gate, allow=account.allow, pause=account.pause
    )


def _rendered(row: SocketRow, account: Account) -> str:
    assert row.token is not None  # noqa: S101 asked for in `one`
    try:
        return row.token.render({"cred": account.credentials})
    except BadTemplate as error:
        raise PollFailed(Failure(FailureClass.CONFIG, str(error))) from None
