"""A real streaming replica: people's reads go there while it keeps up, and nobody who decides by what he reads."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import psycopg2
import pytest
from django.db import InternalError, OperationalError, connection, connections, transaction

from deploy.native.account import choose_account
from deploy.native.checks.servers import free_port
from deploy.native.servers import postgres_folder
from deploy.native.state import ROOT
from shared.db import replica
from shared.testing import api_client, service_token, user_token
from telemetry_service.measurements.files import export, rows
from telemetry_service.points.models import PointConfig

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", replica.REPLICA])


class Standby:
    """A copy of the tests' server, on its own port."""

    def __init__(self, folder: Path) -> None:
        self.port, self.folder = free_port(), folder
        self.admin = urlsplit(os.environ["ADMIN_DATABASE_URL"])
        self.account = choose_account("nobody", ROOT, Path(sys.executable))
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.account.own(self.folder)
        where = ["-h", "127.0.0.1", "-p", str(self.admin.port), "-U", "postgres"]
        copy = [*where, "-D", str(self.folder / "data"), "-R", "-X", "stream", "-c", "fast"]
        environment = os.environ | {"PGPASSWORD": str(self.admin.password)}
        subprocess.run(self._command("pg_basebackup", *copy), check=True, env=environment, cwd=self.folder)
        serve = ["-D", str(self.folder / "data"), "-p", str(self.port), "-c", "listen_addresses=127.0.0.1"]
        with (self.folder / "log").open("w") as log:
            self.process = subprocess.Popen(
                self._command("postgres", *serve, "-c", "unix_socket_directories="), stdout=log, stderr=log
            )
        until(self.answers)

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(20)

    def answers(self) -> bool:
        try:
            self.ask("SELECT 1")
        except psycopg2.OperationalError:
            return False
        return True

    def ask(self, statement: str) -> Any:
        where: dict[str, Any] = {"host": "127.0.0.1", "port": self.port, "user": "postgres", "dbname": "postgres"}
        with closing(psycopg2.connect(password=self.admin.password, **where)) as opened:
            opened.autocommit = True
            with opened.cursor() as cursor:
                cursor.execute(statement)
                row = cursor.fetchone()
                return row and row[0]

    def _command(self, program: str, *arguments: str) -> list[str]:
        return [*self.account.prefix(needs_checkout=False), str(postgres_folder() / program), *arguments]


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)


@pytest.fixture(scope="module", autouse=True)
def server(django_db_setup: None) -> Iterator[Standby]:
    """Its alias is known before a test begins, and is one that no test empties."""
    folder = Path(mkdtemp(prefix="stack-vps-standby-"))
    folder.chmod(0o755)
    standby = Standby(folder)
    try:
        standby.start()
        own = connection.settings_dict
        options = own["OPTIONS"] | {"options": own["OPTIONS"]["options"] + " -c default_transaction_read_only=on"}
        where = {"PORT": standby.port, "HOST": "127.0.0.1", "OPTIONS": options}
        connections.settings[replica.REPLICA] = own | where | {"TEST": own["TEST"] | {"MIRROR": "default"}}
        yield standby
        del connections[replica.REPLICA]
        del connections.settings[replica.REPLICA]
    finally:
        standby.stop()
        subprocess.run(["rm", "-rf", str(folder)], check=True)


@pytest.fixture
def standby(transactional_db: None, server: Standby, settings: Any) -> Iterator[Standby]:
    settings.REPLICA_MAX_LAG_S = 60
    replica._keeps_up.cache_clear()
    server.ask("SELECT pg_wal_replay_resume()")
    yield server
    server.ask("SELECT pg_wal_replay_resume()")
    connections[replica.REPLICA].close()
    connections[replica.REPLICA].settings_dict["PORT"] = server.port
    replica._keeps_up.cache_clear()


def caught_up(standby: Standby, done: str = "replay") -> None:
    """All that was committed here was replayed there, or received."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()::text")
        (here,) = cursor.fetchone()
    until(lambda: bool(standby.ask(f"SELECT pg_last_wal_{done}_lsn() >= '{here}'::pg_lsn")))


@pytest.fixture
def point(transactional_db: None, make_point: Any) -> UUID:
    """Of each test its own."""
    return UUID(str(make_point(f"P-{uuid4().hex[:6]}").id))


@pytest.fixture
def said(point: UUID, measured: Any) -> Callable[[list[float]], None]:
    def say(values: list[float]) -> None:
        with transaction.atomic():
            measured(point, "flow", values)

    return say


@pytest.fixture
def latest(point: UUID) -> Callable[[str], list[float]]:
    def ask(token: str) -> list[float]:
        answer = api_client(token).get("/api/telemetry/latest/", {"points": str(point), "variables": "flow"})
        assert answer.status_code == 200, answer.content
        return [row["value"] for row in answer.json()["results"]]

    return ask


@pytest.fixture
def behind(standby: Standby, said: Callable[[list[float]], None]) -> Standby:
    """The copy has the first measurement and not the second."""
    said([1.0])
    caught_up(standby)
    standby.ask("SELECT pg_wal_replay_pause()")
    until(lambda: standby.ask("SELECT pg_get_wal_replay_pause_state()") == "paused")
    said([1.0, 2.0])
    caught_up(standby, "receive")
    return standby


def test_people_read_from_the_copy_and_services_do_not(behind: Standby, latest: Any) -> None:
    assert latest(user_token()) == [1.0]
    assert latest(service_token("compliance")) == [2.0]


MARCH = {"from": "2024-03-01T00:00:00Z", "to": "2024-04-01T00:00:00Z"}
ASKED: dict[str, dict[str, str]] = {
    "data/": {"points": "{point}"},
    "aggregate/": {"points": "{point}", "interval": "hour", **MARCH},
    "statistics/": {"points": "{point}", **MARCH},
    "chart/": {"point": "{point}", "variable": "flow", "width": "100", **MARCH},
    "lineage/": {"point": "{point}", **MARCH},
    "sensorthings/v1.1/Datastreams('{point}:flow')/Observations": {},
}


@pytest.mark.parametrize("path", ASKED)
def test_whatever_people_ask_for_they_ask_the_copy(behind: Standby, path: str, point: UUID) -> None:
    client = api_client(user_token())
    asked = {name: value.format(point=point) for name, value in ASKED[path].items()}
    where = f"/api/telemetry/{path}".format(point=point)
    first = client.get(where, asked)
    behind.ask("SELECT pg_wal_replay_resume()")
    caught_up(behind)
    then = client.get(where, asked)
    assert (first.status_code, then.status_code) == (200, 200), first.content
    assert first.json() != then.json()


def test_a_lineage_is_of_one_time(behind: Standby, point: UUID) -> None:
    """A configuration that the copy has not got yet made none of the numbers that it has."""
    PointConfig.objects.create(point_id=point, version=1, valid_from=None, config={})

    def versions(token: str) -> list[int]:
        answer = api_client(token).get("/api/telemetry/lineage/", {"point": str(point), **MARCH})
        return [one["version"] for one in answer.json()["configurations"]]

    assert versions(user_token()) == []
    assert versions(service_token("compliance")) == [1]


@pytest.fixture
def exported(point: UUID, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """An export in pages of two rows, as it comes: its lines behind the header."""
    monkeypatch.setattr(export, "PAGE", 2)

    def ask(token: str) -> Iterator[str]:
        asked = {"points": str(point), "format": "ndjson", **MARCH}
        answer = api_client(token).get("/api/telemetry/export/", asked)
        assert answer.status_code == 200
        return (line for piece in answer.streaming_content for line in piece.decode().splitlines())

    return ask


def numbers(lines: Any) -> list[float]:
    return [json.loads(line)["value"] for line in lines]


def test_a_file_for_people_is_read_from_the_copy(behind: Standby, exported: Any) -> None:
    assert numbers(exported(user_token())) == [1.0]
    assert numbers(exported(service_token("compliance"))) == [1.0, 2.0]


def test_a_file_is_of_one_time_though_the_copy_gets_on(
    standby: Standby, said: Any, exported: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it had not got when the file was begun is in no part of it."""
    monkeypatch.setattr(rows, "PIECE", 1)
    said([float(number) for number in range(6)])
    caught_up(standby)
    standby.ask("SELECT pg_wal_replay_pause()")
    until(lambda: standby.ask("SELECT pg_get_wal_replay_pause_state()") == "paused")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE measurement SET value = 99, known_since = now() WHERE value = 5")
    caught_up(standby, "receive")
    lines = exported(user_token())
    first = next(lines)
    standby.ask("SELECT pg_wal_replay_resume()")
    caught_up(standby)
    assert numbers([first, *lines]) == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_a_copy_that_goes_away_half_way_ends_no_file(
    standby: Standby, said: Any, exported: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rows, "PIECE", 1)
    said([float(number) for number in range(9)])
    caught_up(standby)
    lines = exported(user_token())
    first = next(lines)
    standby.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'telemetry'")
    assert numbers([first, *lines]) == [float(number) for number in range(9)]
    assert "replica put off" in caplog.text


def test_a_copy_that_is_late_is_not_read(behind: Standby, settings: Any, latest: Any) -> None:
    settings.REPLICA_MAX_LAG_S = 0
    assert latest(user_token()) == [2.0]


def test_a_copy_that_went_away_is_missed_by_nobody(
    behind: Standby, latest: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert replica.is_usable()
    behind.ask("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'telemetry'")
    assert latest(user_token()) == [2.0]
    assert "replica put off" in caplog.text


def test_nobody_listens_there(standby: Standby, said: Any, latest: Any) -> None:
    said([3.0])
    connections[replica.REPLICA].close()
    connections[replica.REPLICA].settings_dict["PORT"] = free_port()
    assert not replica.is_usable()
    assert latest(user_token()) == [3.0]


def test_nothing_is_written_there(standby: Standby) -> None:
    caught_up(standby)
    with pytest.raises((InternalError, OperationalError)), connections[replica.REPLICA].cursor() as cursor:
        cursor.execute("CREATE TABLE said (n int)")


def test_a_query_that_takes_too_long_is_nobodys_fault_but_its_own(standby: Standby) -> None:
    with connections[replica.REPLICA].cursor() as cursor:
        cursor.execute("SET statement_timeout = '20ms'")
        with pytest.raises(OperationalError) as raised:
            cursor.execute("SELECT pg_sleep(5)")
    assert not replica.is_its_fault(raised.value)
    assert replica.is_its_fault(OperationalError("gone"))


def test_without_a_copy_all_read_here(said: Any, latest: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    said([4.0])
    monkeypatch.delitem(connections.settings, replica.REPLICA)
    assert not replica.is_usable()
    assert latest(user_token()) == [4.0]
