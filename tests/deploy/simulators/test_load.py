"""The target of the benchmarks: as ThingsBoard on the wire, and a fair counter of who was asked how often."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from deploy.simulators.load import PASSWORD, USER, Target, device_id, listening
from deploy.simulators.mqtt.broker import free_port

ROOT = Path(__file__).resolve().parents[3]
NOW = datetime(2026, 5, 13, 14, 30, 20, tzinfo=UTC)
MINUTE = 60_000
LAST = 1_778_682_600_000  # 14:30


class Client:
    def __init__(self, session: aiohttp.ClientSession, target: Target) -> None:
        self.session = session
        self.target = target
        self.headers: dict[str, str] = {}

    async def log_in(self, password: str = PASSWORD) -> int:
        async with self.session.post("/api/auth/login", json={"username": USER, "password": password}) as response:
            body = await response.json()
            self.headers = {"X-Authorization": f"Bearer {body.get('token')}"}
            self.refresh_token = body.get("refreshToken")
            return response.status

    async def values(self, number: int = 0, **query: Any) -> Any:
        return await self.get(f"/api/plugins/telemetry/DEVICE/{device_id(number)}/values/timeseries", **query)

    async def get(self, path: str, **query: Any) -> Any:
        async with self.session.get(path, params=query, headers=self.headers) as response:
            return await response.json()


def with_client(test: Callable[[Client], Awaitable[None]], *, devices: int = 3, delay_s: float = 0.0) -> None:
    async def run() -> None:
        async with _client(Target(devices=devices, delay_s=delay_s, now=lambda: NOW)) as client:
            await test(client)

    asyncio.run(run())


@asynccontextmanager
async def _client(target: Target) -> AsyncIterator[Client]:
    async with listening(target) as url, aiohttp.ClientSession(url) as session:
        client = Client(session, target)
        assert await client.log_in() == 200
        yield client


def test_latest_is_the_minute_that_began() -> None:
    async def test(client: Client) -> None:
        body = await client.values(keys="5001,5003")
        assert body["5001"] == [{"ts": LAST, "value": "10"}]
        assert list(body) == ["5001", "5003"]

    with_client(test)


def test_a_range_is_half_open_and_ends_now() -> None:
    async def test(client: Client) -> None:
        span = {"keys": "5003", "startTs": LAST - 5 * MINUTE, "endTs": LAST + 60 * MINUTE, "orderBy": "ASC"}
        times = [point["ts"] for point in (await client.values(**span))["5003"]]
        assert times == [LAST - n * MINUTE for n in (5, 4, 3, 2, 1, 0)]
        assert (await client.values(**span | {"endTs": LAST}))["5003"][-1]["ts"] == LAST - MINUTE
        assert (await client.values(**span | {"startTs": LAST - 5 * MINUTE + 1}))["5003"][0]["ts"] == LAST - 4 * MINUTE
        assert await client.values(**span | {"startTs": LAST + 1}) == {}

    with_client(test)


def test_newest_first_and_a_hundred_unless_told_otherwise() -> None:
    async def test(client: Client) -> None:
        span = {"keys": "5001,9999", "startTs": LAST - 500 * MINUTE, "endTs": LAST}
        points = (await client.values(**span))["5001"]
        assert (len(points), points[0]["ts"]) == (100, LAST - MINUTE)
        assert len((await client.values(**span, limit=499))["5001"]) == 499
        assert (await client.values(keys="5001", startTs="x", endTs=LAST))["errorCode"] == 31

    with_client(test)


def test_the_totaliser_agrees_with_the_flow() -> None:
    async def test(client: Client) -> None:
        points = (await client.values(keys="5003", startTs=LAST - 60 * MINUTE, endTs=LAST + 1, orderBy="ASC"))["5003"]
        assert float(points[-1]["value"]) - float(points[0]["value"]) == pytest.approx(36.0)

    with_client(test)


def test_each_device_is_counted() -> None:
    async def test(client: Client) -> None:
        for number in (0, 0, 1):
            await client.values(number)
        assert (await client.get("/_sim/stats")) == {
            "devices": 3,
            "total": 3,
            "min": 0,
            "max": 2,
            "most_in_flight": 1,
        }
        await client.values(2)
        assert (await client.get("/_sim/stats"))["min"] == 1

    with_client(test)


def test_many_at_once_wait_together() -> None:
    async def test(client: Client) -> None:
        began = time.monotonic()
        await asyncio.gather(*(client.values(number) for number in range(50)))
        assert client.target.most_in_flight == 50
        assert time.monotonic() - began >= 0.1

    with_client(test, devices=50, delay_s=0.1)


def test_who_may_not() -> None:
    async def test(client: Client) -> None:
        assert (await client.values(99))["errorCode"] == 32
        client.headers = {"X-Authorization": "Bearer no"}
        assert (await client.values())["errorCode"] == 11
        client.headers = {}
        assert (await client.values())["errorCode"] == 10
        assert await client.log_in("no") == 401
        for body in (b"", b"[]", b'{"refreshToken": "no"}', b'{"username": "ops"}'):
            async with client.session.post("/api/auth/login", data=body) as response:
                assert (await response.json())["errorCode"] == 10

    with_client(test)


def test_a_token_ends_and_is_renewed() -> None:
    async def run() -> None:
        target = Target(devices=1, delay_s=0, now=lambda: NOW)
        async with _client(target) as client:
            target.now = lambda: NOW + timedelta(seconds=9000)
            assert (await client.values())["errorCode"] == 11
            async with client.session.post("/api/auth/token", json={"refreshToken": client.refresh_token}) as response:
                client.headers = {"X-Authorization": f"Bearer {(await response.json())['token']}"}
            assert "5001" in await client.values()

    asyncio.run(run())


def test_devices_by_pages() -> None:
    async def test(client: Client) -> None:
        pages = [await client.get("/api/tenant/devices", pageSize=2, page=page) for page in (0, 1)]
        assert [page["hasNext"] for page in pages] == [True, False]
        found = [row["id"]["id"] for page in pages for row in page["data"]]
        assert found == [device_id(number) for number in range(3)]
        assert pages[0]["totalElements"] == 3

    with_client(test)


def test_the_command_serves() -> None:
    port = free_port()
    command = [sys.executable, "-m", "deploy.simulators", "load", "--port", str(port), "--devices", "7"]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE)
    try:
        assert asyncio.run(_stats_of(port))["devices"] == 7
    finally:
        process.terminate()
        process.communicate(timeout=10)


async def _stats_of(port: int) -> Any:
    async with aiohttp.ClientSession() as session:
        for _ in range(200):
            try:
                async with session.get(f"http://127.0.0.1:{port}/_sim/stats") as response:
                    return json.loads(await response.read())
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
    raise AssertionError("the command did not listen")
