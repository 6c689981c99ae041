"""Real processes that die when it hurts most: what is stored at the end is what the devices sent, each row once."""

import gzip
import json
import os
import signal
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

import httpx
import psycopg2
import pytest

from deploy.native.checks.servers import Servers, free_port, own_servers
from shared import clock
from tests.telemetry_service.push.world import LONGEST_S, URL, Web, World, make_world, serving, wait_for

MINUTE = timedelta(minutes=1)
START = clock.now().replace(microsecond=0) - timedelta(days=2)


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with own_servers(durable=True) as servers:  # what was answered outlives a crash
        yield servers


@pytest.fixture(scope="module")
def made(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(servers, tmp_path_factory.mktemp("world"), name="push_faults", sources=8, keys=4)


@pytest.fixture(scope="module")
def web(made: World) -> Iterator[Web]:
    with serving(made, workers=2, threads=8) as found:
        yield found


def batch(world: World, device: int, number: int, rows: int = 50) -> list[dict[str, Any]]:
    times = [START + (number * rows + n) * MINUTE for n in range(rows)]
    return [
        {"source": world.sources[device], "key": "caudal", "time": at.isoformat(), "value": f"{number}.{n}"}
        for n, at in enumerate(times)
    ]


def truth(batches: list[list[dict[str, Any]]]) -> list[tuple[str, str, datetime, str]]:
    rows = [row for rows in batches for row in rows]
    return sorted((row["source"], row["key"], datetime.fromisoformat(row["time"]), row["value"]) for row in rows)


def post(web: Web, key: str, body: Any, name: str, **more: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": name, "Content-Type": "application/json"}
    return httpx.post(web.url + URL, content=json.dumps(body), headers=headers, trust_env=False, timeout=30, **more)


def until_answered(web: Web, key: str, body: Any, name: str) -> dict[str, Any]:
    """As a device does it: the same again, with the same name, until there is an answer."""
    deadline = time.monotonic() + LONGEST_S
    while time.monotonic() < deadline:
        with suppress(httpx.TransportError):
            answer = post(web, key, body, name)
            if answer.status_code == 200:
                return dict(answer.json())
            assert answer.status_code == 503, answer.text
        time.sleep(0.05)
    raise TimeoutError("no answer")


def test_workers_that_are_killed_in_the_middle(web: Web, world: World) -> None:
    batches = [[batch(world, device, number) for number in range(12)] for device in range(4)]
    over, deaths = threading.Event(), 0

    def device(n: int) -> list[dict[str, Any]]:
        return [until_answered(web, world.keys[n], rows, f"{n}-{number}") for number, rows in enumerate(batches[n])]

    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(device, n) for n in range(4)]
        while not over.wait(0.3):
            if all(one.done() for one in answers) or deaths == 5:
                break
            web.kill_workers()
            deaths += 1
    said = [answer for one in answers for answer in one.result()]
    assert deaths >= 1
    assert world.stored() == truth([rows for of_device in batches for rows in of_device])
    # Whoever repeats gets the first answer: no row was ever known before.
    assert all(answer["counts"]["late"] + answer["counts"]["stored"] == 50 for answer in said)
    assert world.rows("SELECT count(*) FROM push_answer") == [(48,)]
    assert world.rows("SELECT count(*) FROM raw_answer") == [(48,)]


def test_a_database_that_crashes_in_the_middle(web: Web, world: World, servers: Servers) -> None:
    batches = [batch(world, 0, number) for number in range(10)]
    for number, rows in enumerate(batches):
        if number in (3, 7):
            with closing(psycopg2.connect(servers.environment("telemetry")["ADMIN_DATABASE_URL"])) as admin:
                os.kill(admin.info.backend_pid, signal.SIGKILL)
        until_answered(web, world.keys[0], rows, f"crash-{number}")
    assert world.stored() == truth(batches)


@contextmanager
def frozen(servers: Servers) -> Iterator[None]:
    """Nobody can connect, and whoever is connected is thrown out: as a server that is shut down."""
    admin = psycopg2.connect(servers.environment("telemetry")["ADMIN_DATABASE_URL"])
    with closing(admin), admin.cursor() as cursor:
        admin.autocommit = True
        cursor.execute("ALTER DATABASE push_faults ALLOW_CONNECTIONS false")
        cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'push_faults'")
        try:
            yield
        finally:
            cursor.execute("ALTER DATABASE push_faults ALLOW_CONNECTIONS true")


def test_a_database_that_is_away_is_503_with_when_to_come_again(web: Web, world: World, servers: Servers) -> None:
    rows = batch(world, 1, 0)
    with frozen(servers):
        answer = post(web, world.keys[1], rows, "away")
        assert (answer.status_code, answer.json()["code"]) == (503, "database_away")
        assert int(answer.headers["Retry-After"]) >= 1
    assert world.stored() == []
    assert until_answered(web, world.keys[1], rows, "away")["counts"]["stored"] == 0  # two days old: late
    assert world.stored() == truth([rows])


def test_without_redis_a_push_goes_on(world: World) -> None:
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    rows = batch(world, 2, 0)
    with serving(world, REDIS_URL=nowhere, CELERY_BROKER_URL=nowhere) as web:
        for number in range(3):
            assert post(web, world.keys[2], rows, f"redis-{number}").status_code == 200
    assert world.stored() == truth([rows])


def test_a_flood_on_one_key_does_not_slow_the_others(world: World) -> None:
    """The flood has its two places in the process, and is told so; another's push is behind one transaction."""
    over = threading.Event()
    flooded: list[int] = []

    def flood(web: Web, n: int) -> None:
        while not over.is_set():
            flooded.append(post(web, world.keys[0], batch(world, 0, 0, 500), uuid.uuid4().hex).status_code)

    def slowest(web: Web, rounds: int) -> float:
        took = []
        for number in range(rounds):
            began = time.monotonic()
            assert post(web, world.keys[3], batch(world, 3, number, 1), uuid.uuid4().hex).status_code == 200
            took.append(time.monotonic() - began)
        return sorted(took)[len(took) // 2]

    with serving(world, threads=8, API_KEY_AT_ONCE="2", API_KEY_RATE="50", API_KEY_BURST="50") as web:
        alone = slowest(web, 20)
        with ThreadPoolExecutor(6) as pool:
            for n in range(6):
                pool.submit(flood, web, n)
            try:
                beside = slowest(web, 20)
            finally:
                over.set()
    assert 429 in flooded
    assert beside < 10 * alone + 1


def test_bodies_of_any_size_and_a_bomb(web: Web, world: World) -> None:
    headers = {"Authorization": f"Bearer {world.keys[0]}", "Content-Type": "application/json"}
    send: Callable[..., httpx.Response] = lambda body, **more: httpx.post(  # noqa: E731
        web.url + URL, content=body, headers={**headers, **more}, trust_env=False, timeout=30
    )
    assert send(b"[" + b" " * (6 * 2**20)).status_code == 413
    assert send(gzip.compress(bytes(100 * 2**20)), **{"Content-Encoding": "gzip"}).status_code == 413
    assert send(b"[]").status_code == 200
    wait_for(web)
