"""ThingsBoard as a target of load: a login and the minutes of N devices, each answer after a delay, at little cost.

Nothing goes wrong here and all devices read alike; what a provider really does is in `providers/`.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from itertools import islice
from typing import Any

from aiohttp import web

from deploy.simulators.providers.thingsboard.sessions import Expired, NotOurs, Sessions
from deploy.simulators.times import epoch_ms

USER, PASSWORD = "ops@example.cl", "synthetic-secret-load"
KEYS = ("5001", "5002", "5003")
MINUTE_MS = 60_000
DEFAULT_LIMIT = 100
OPENED_MS = epoch_ms(datetime(2026, 1, 1, tzinfo=UTC))
FLOW_L_S = 10
LOGINS = frozenset({"/api/auth/login", "/api/auth/token", "/tdata/v1/login", "/tdata/v1/token"})
VALUES = "/values/timeseries"
Reply = tuple[int, bytes]


def device_id(number: int) -> str:
    """The device's UUID; numbers begin at 0."""
    return f"8f1d2c30-0000-11f0-8fb8-{number:012x}"


@dataclass
class Target:
    """`asked` counts the readings of each device, by its UUID."""

    devices: int
    delay_s: float
    now: Callable[[], datetime]
    sessions: Sessions = field(default_factory=lambda: Sessions("load"))
    tokens: dict[str, datetime] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    most_in_flight: int = 0

    def __post_init__(self) -> None:
        self._known = frozenset(device_id(number) for number in range(self.devices))

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/_sim/stats":
            return web.json_response(self.stats())
        self.in_flight += 1
        self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            await asyncio.sleep(self.delay_s)
            status, body = await self._reply(request)
        finally:
            self.in_flight -= 1
        return web.Response(body=body, status=status, content_type="application/json")

    def stats(self) -> dict[str, int]:
        """`min` is 0 while a device was not asked yet."""
        return {
            "devices": self.devices,
            "total": self.asked.total(),
            "min": min(self.asked.values()) if len(self.asked) == self.devices else 0,
            "max": max(self.asked.values(), default=0),
            "most_in_flight": self.most_in_flight,
        }

    async def _reply(self, request: web.BaseRequest) -> Reply:
        path = request.path
        if path in LOGINS:
            return self._log_in(await request.read())
        token = request.headers.get("X-Authorization") or request.headers.get("Authorization") or ""
        now = self.now()
        if self.tokens.get(token.removeprefix("Bearer "), now) <= now:
            return self._error(401, 11 if token else 10, "Token has expired")
        if path in ("/api/tenant/devices", "/tdata/v1/devices"):
            return 200, self._page(request.query)
        device = path.removesuffix(VALUES).rpartition("/")[2]
        if not path.endswith(VALUES) or device not in self._known:
            return self._error(404, 32, "Requested item wasn't found!")
        self.asked[device] += 1
        return self._values(request.query, epoch_ms(now))

    def _log_in(self, body: bytes) -> Reply:
        now = self.now()
        try:
            is_admitted = self._is_admitted(json.loads(body), now)
        except (ValueError, KeyError, TypeError, NotOurs, Expired):
            is_admitted = False
        if not is_admitted:
            return self._error(401, 10, "Invalid username or password")
        session = self.sessions.open(USER, now)
        self.tokens[session["token"]] = now + self.sessions.lifetimes.access
        return 200, json.dumps(session).encode()

    def _is_admitted(self, given: Mapping[str, Any], now: datetime) -> bool:
        if "refreshToken" in given:
            return self.sessions.check(given["refreshToken"], now, scope="REFRESH_TOKEN") == USER
        return (given["username"], given["password"]) == (USER, PASSWORD)

    def _values(self, query: Mapping[str, str], now: int) -> Reply:
        keys = query["keys"] if "keys" in query else ",".join(KEYS)
        if "startTs" not in query:
            return 200, _body(keys, now // MINUTE_MS, now // MINUTE_MS + 1, 1, True)
        try:
            # From the first minute at or after the start to the last one before the end that has begun.
            first, end = -(-int(query["startTs"]) // MINUTE_MS), -(-int(query["endTs"]) // MINUTE_MS)
            limit = int(query.get("limit", DEFAULT_LIMIT))
        except (KeyError, ValueError):
            return self._error(400, 31, "Invalid range")
        return 200, _body(keys, first, min(end, now // MINUTE_MS + 1), limit, query.get("orderBy") == "ASC")

    def _page(self, query: Mapping[str, str]) -> bytes:
        size, page = (int(query[name]) if query.get(name, "").isdecimal() else 0 for name in ("pageSize", "page"))
        size = size or DEFAULT_LIMIT
        shown = range(page * size, min((page + 1) * size, self.devices))
        rows = [{"id": {"entityType": "DEVICE", "id": device_id(n)}, "name": f"load-{n:06d}"} for n in shown]
        pages = -(-self.devices // size)
        body = {"data": rows, "totalPages": pages, "totalElements": self.devices, "hasNext": page + 1 < pages}
        return json.dumps(body).encode()

    def _error(self, status: int, code: int, message: str) -> Reply:
        body = {"status": status, "message": message, "errorCode": code, "timestamp": epoch_ms(self.now())}
        return status, json.dumps(body).encode()


@lru_cache(maxsize=4096)
def _body(keys: str, first: int, end: int, limit: int, ascending: bool) -> bytes:
    """Devices are polled in the same windows, so that one body serves thousands of them."""
    minutes = range(first, end) if ascending else range(end - 1, first - 1, -1)
    taken = list(islice(minutes, limit))
    known = [key for key in keys.split(",") if key in KEYS and taken]
    return json.dumps({key: [_point(key, minute) for minute in taken] for key in known}).encode()


@lru_cache(maxsize=65_536)
def _point(key: str, minute: int) -> Mapping[str, Any]:
    """A pump that never stops: constant flow, a level that breathes, a totaliser that agrees with the flow."""
    tenths = (minute - OPENED_MS // MINUTE_MS) * FLOW_L_S * 60 // 100
    value = {"5001": f"{FLOW_L_S}", "5002": f"{30 + minute % 60 / 100:.2f}", "5003": f"{tenths // 10}.{tenths % 10}"}
    return {"ts": minute * MINUTE_MS, "value": value[key]}


@asynccontextmanager
async def listening(target: Target, *, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serve until the block ends; gives the base URL. Without aiohttp's router: it would cost as much as the rest."""
    runner = web.ServerRunner(web.Server(target.answer, access_log=None))
    await runner.setup()
    site = web.TCPSite(runner, host, port, backlog=4096)
    await site.start()
    try:
        yield f"http://{host}:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def serve(target: Target, *, host: str, port: int) -> None:
    async with listening(target, host=host, port=port):
        await asyncio.Event().wait()
