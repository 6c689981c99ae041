"""Real processes against the simulated clouds and a PostgreSQL of their own, which die when it hurts most.

However often and wherever something dies, what is stored at the end is what the providers have: no more and no less.
"""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from deploy.native.checks.servers import Servers, free_port, own_servers
from deploy.native.state import ROOT
from deploy.simulators.providers.app import providers
from deploy.simulators.scenario import Scenario, read_scenario
from deploy.simulators.web import running
from shared.clock import VirtualClock
from tests.telemetry_service.collect.faults_child import DAYS, ENGINES, KEYS, NOW

CHILD = "tests.telemetry_service.collect.faults_child"
LONGEST_S = 90
Row = tuple[str, str, int, str]  # thing, key, epoch milliseconds, value


@dataclass
class Clouds:
    """The simulators, and a word with them in the middle of a request's answer."""

    application: Any
    asked: int = 0
    strikes: dict[int, Callable[[], None]] = field(default_factory=dict)  # by the number of the request
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        with self.lock:
            self.asked += 1
            strike = self.strikes.pop(self.asked, None)
        body = b"".join(self.application(environ, start_response))
        if strike is None:
            return [body]
        return self._struck(body, strike)

    def _struck(self, body: bytes, strike: Callable[[], None]) -> Iterator[bytes]:
        """Half a page, and then it happens."""
        yield body[: len(body) // 2]
        strike()
        yield body[len(body) // 2 :]


@dataclass
class World:
    environment: dict[str, str]
    clouds: Clouds
    scenario: Scenario

    def start(self, *arguments: str, **more: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", CHILD, *arguments]
        return subprocess.Popen(command, env={**self.environment, **more}, cwd=ROOT, stderr=subprocess.PIPE, text=True)

    def run(self, *arguments: str, **more: str) -> str:
        process = self.start(*arguments, **more)
        _, said = process.communicate(timeout=LONGEST_S)
        assert process.returncode == 0, said
        return said

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(psycopg2.connect(self.environment["DATABASE_URL"])) as connection, connection.cursor() as cursor:
            cursor.execute("SET search_path TO telemetry")
            cursor.execute(statement, values)
            found: list[tuple[Any, ...]] = cursor.fetchall() if cursor.description else []
            connection.commit()
            return found

    def stored(self) -> list[Row]:
        return self.rows(
            "SELECT point.code, raw.key, (extract(epoch FROM raw.device_time) * 1000)::bigint, raw.value "
            "FROM raw_telemetry_data raw JOIN source ON source.id = raw.source_id "
            "JOIN point ON point.id = source.point_id ORDER BY 1, 2, 3"
        )

    def truth(self) -> list[Row]:
        start, end = (int(at.timestamp() * 1000) for at in (NOW - DAYS, NOW))
        return sorted(
            (thing.name, key, at, str(value))
            for thing in self.scenario.things
            for key, track in thing.tracks.items()
            if key in KEYS[ENGINES[thing.engine]]
            for at, value in track.between(start, end + 1, end)
        )

    def begin_again(self) -> None:
        """Nothing read yet, and the accounts as they were."""
        self.rows("TRUNCATE raw_telemetry_data, raw_answer, raw_conflict, process_backlog, poll_attempt")
        self.rows("UPDATE provider SET failures = 0, postponed_until = NULL")
        self.rows(
            "UPDATE source SET cursors = '{}', newest_at = NULL, next_poll_at = created_at, leased_until = NULL, "
            "failures = 0, last_outcome = ''"
        )
        self.clouds.asked, self.clouds.strikes = 0, {}


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with own_servers() as servers:
        yield servers


@pytest.fixture(scope="module")
def world(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    scenario = replace(read_scenario("demo"), faults={})
    clouds = Clouds(providers(scenario, lambda: NOW))
    with running(clouds) as url:  # type: ignore[arg-type] # any WSGI application will do
        environment = _environment(servers, tmp_path_factory.mktemp("clock") / "clock")
        made = World(environment, clouds, scenario)
        migrate = [sys.executable, "telemetry_service/manage.py", "migrate", "-v", "0"]
        subprocess.run(migrate, env=environment, cwd=ROOT, check=True, timeout=LONGEST_S)
        made.run("set_up", url)
        yield made


@pytest.fixture(autouse=True)
def unread(world: World) -> None:
    world.begin_again()


def _environment(servers: Servers, clock: Path) -> dict[str, str]:
    VirtualClock(clock).freeze(NOW)
    service = servers.environment("telemetry")
    with closing(psycopg2.connect(service["ADMIN_DATABASE_URL"])) as admin:
        admin.autocommit = True
        admin.cursor().execute("CREATE DATABASE faults OWNER telemetry")
    service["DATABASE_URL"] = service["DATABASE_URL"].rpartition("/")[0] + "/faults"
    return {**os.environ, **service, "PYTHONPATH": str(ROOT), "STACK_CLOCK_FILE": str(clock), "LOG_LEVEL": "ERROR"}


def test_a_collector_that_is_killed_again_and_again(world: World) -> None:
    """In the middle of the 2nd page, of the 5th, … each time a new process goes on at once with what it left."""
    deaths = 0
    for request in (2, 5, 9, 20, 31, 45):
        process = world.start("collect")
        world.clouds.asked = 0
        world.clouds.strikes = {request: lambda process=process: os.kill(process.pid, signal.SIGKILL)}  # type: ignore[misc]
        process.communicate(timeout=LONGEST_S)
        deaths += process.returncode == -signal.SIGKILL
    world.clouds.strikes = {}
    world.run("collect")
    assert deaths >= 5
    assert world.stored() == world.truth()
    assert world.rows("SELECT count(*) FROM raw_conflict") == [(0,)]
    assert world.rows("SELECT DISTINCT leased_until, last_outcome, failures FROM source") == [(None, "ok", 0)]


def test_every_point_that_got_rows_waits_to_be_processed(world: World) -> None:
    process = world.start("collect")
    world.clouds.strikes = {12: lambda: os.kill(process.pid, signal.SIGKILL)}
    process.communicate(timeout=LONGEST_S)
    behind = world.rows(
        "SELECT count(*) FROM (SELECT source.point_id, min(raw.device_time) AS first FROM raw_telemetry_data raw "
        "JOIN source ON source.id = raw.source_id GROUP BY 1) stored "
        "LEFT JOIN process_backlog backlog ON backlog.point_id = stored.point_id "
        "WHERE backlog.from_time IS NULL OR backlog.from_time > stored.first"
    )
    assert behind == [(0,)]


def test_without_redis_nothing_changes(world: World) -> None:
    nowhere = f"redis://127.0.0.1:{free_port()}/0"
    world.run("collect", REDIS_URL=nowhere, CELERY_BROKER_URL=nowhere)
    assert world.stored() == world.truth()


def test_a_database_that_crashes_in_the_middle(world: World, servers: Servers) -> None:
    """One of its processes is killed: PostgreSQL ends all connections, recovers and comes back."""

    def crash() -> None:
        with closing(psycopg2.connect(servers.environment("telemetry")["ADMIN_DATABASE_URL"])) as admin:
            pid = admin.info.backend_pid
            os.kill(pid, signal.SIGKILL)

    world.clouds.strikes = {7: crash, 25: crash}
    said = world.run("collect")
    assert world.clouds.strikes == {}
    assert "OperationalError" in said or "InterfaceError" in said
    assert world.stored() == world.truth()
    assert world.rows("SELECT DISTINCT leased_until, last_outcome FROM source") == [(None, "ok")]


def test_a_provider_away_for_three_hours(world: World) -> None:
    """Its history still has them: after its return the set is whole, without a row that was made up."""
    away = world.clouds.application
    world.clouds.application = lambda environ, start: (start("502 Bad Gateway", []), [b"<html>"])[1]
    world.run("collect")
    assert world.stored() == []
    world.clouds.application = away
    world.rows("UPDATE provider SET postponed_until = NULL, failures = 0")
    world.rows("UPDATE source SET next_poll_at = created_at")
    world.run("collect")
    assert world.stored() == world.truth()
