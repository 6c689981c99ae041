"""A PostgreSQL and a Valkey of the tests' own: on free ports, in a temporary folder, gone at the end."""

import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2 import sql

from deploy.native.account import Account, choose_account
from deploy.native.problem import Problem
from deploy.native.processes import SERVICES
from deploy.native.servers import make_cluster, postgres_folder, redis_program
from deploy.native.state import ROOT
from shared.auth.keys import make_key

PASSWORD = "only-for-tests"  # noqa: S105 - of a server that lives as long as the tests
START_S = 120.0


class Child:
    """A server that is stopped at the end, by its own id; or that a test ends and starts again."""

    def __init__(self, command: Sequence[str], folder: Path) -> None:
        self.command, self.folder = command, folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with (self.folder / "log").open("a") as log:
            self._process = subprocess.Popen(self.command, stdout=log, stderr=log, cwd=self.folder)

    def end(self, sign: signal.Signals = signal.SIGTERM) -> None:
        """SIGQUIT ends PostgreSQL as a crash does."""
        if self._process is None:
            return
        self._process.send_signal(sign)
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


@dataclass(frozen=True, slots=True)
class Servers:
    """Where the tests find their servers. `folder` also holds the services' keys."""

    folder: Path
    postgres_port: int
    redis_port: int
    running: dict[str, Child] = field(default_factory=dict)

    def crash_postgres(self) -> None:
        """As if its process had died, and was started again."""
        self.running["postgres"].end(signal.SIGQUIT)
        self.running["postgres"].start()
        _wait_for_postgres(self, self.folder / "postgres")

    def redis_url(self, database: int) -> str:
        return f"redis://127.0.0.1:{self.redis_port}/{database}"

    def environment(self, service: str) -> dict[str, str]:
        """What a process of `service` is told under test."""
        url = f"127.0.0.1:{self.postgres_port}"
        return {
            "DATABASE_URL": f"postgresql://{service}:{PASSWORD}@{url}/stack",
            "ADMIN_DATABASE_URL": f"postgresql://postgres:{PASSWORD}@{url}/postgres",
            "REDIS_URL": self.redis_url(0),
            "SECRET_KEY": "only-for-tests-0123456789abcdef-0123456789",
            "FIELD_ENCRYPTION_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
            "SIGNING_KEY_FILE": str(self.folder / "keys" / f"{service}.key"),
            "JWKS_DIR": str(self.folder / "keys" / "jwks"),
            "ALLOWED_HOSTS": "localhost,127.0.0.1,testserver",
            "OUTBOUND_ALLOW": "127.0.0.1",
            "STATIC_ROOT": str(self.folder / "static"),
        }


@contextmanager
def own_servers(*, durable: bool = False, kept: Path | None = None) -> Iterator[Servers]:
    """`durable`: a commit waits for the disk, as where it counts. `kept`: what is stored is there for the next time."""
    with ExitStack() as stack:
        folder = stack.enter_context(_folder()) if kept is None else _emptied(kept)
        folder.chmod(0o755)
        account = choose_account("nobody", ROOT, Path(sys.executable))
        servers = Servers(folder, free_port(), free_port())
        for service in SERVICES:
            make_key(folder / "keys", service)
        stack.enter_context(_postgres(servers, account, durable=durable))
        stack.enter_context(_redis(servers))
        _make_roles(servers)
        yield servers


@contextmanager
def _folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="stack-vps-tests-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _emptied(kept: Path) -> Path:
    """But for what PostgreSQL has there."""
    kept.mkdir(parents=True, exist_ok=True)
    for each in ("keys", "redis"):
        shutil.rmtree(kept / each, ignore_errors=True)
    return kept.resolve()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _postgres(servers: Servers, account: Account, *, durable: bool) -> Iterator[None]:
    folder = servers.folder / "postgres"
    folder.mkdir(exist_ok=True)
    make_cluster(folder, account, PASSWORD)
    # Nothing that is only tested has to outlive a crash: what costs time for that is off.
    safety = "on" if durable else "off"
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "fsync": safety,
        "synchronous_commit": safety,
        "full_page_writes": safety,
        "max_connections": "300" if durable else "100",
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    command = [*account.prefix(needs_checkout=False), str(postgres_folder() / "postgres")]
    whole = [*command, "-D", str(folder / "data"), "-p", str(servers.postgres_port), *options]
    # SIGTERM would wait for whoever is still connected.
    with _running(servers, "postgres", Child(whole, folder), end=signal.SIGINT):
        _wait_for_postgres(servers, folder)
        yield


@contextmanager
def _redis(servers: Servers) -> Iterator[None]:
    folder = servers.folder / "redis"
    folder.mkdir()
    command = [str(redis_program()), "--port", str(servers.redis_port), "--bind", "127.0.0.1", "--save", ""]
    with _running(servers, "redis", Child(command, folder)):
        yield


@contextmanager
def _running(servers: Servers, name: str, child: Child, *, end: signal.Signals = signal.SIGTERM) -> Iterator[None]:
    servers.running[name] = child
    child.start()
    try:
        yield
    finally:
        child.end(end)


def _make_roles(servers: Servers) -> None:
    with closing(_connect(servers)) as admin, admin.cursor() as cursor:
        for service in SERVICES:
            statement = sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD %s").format(sql.Identifier(service))
            _make_once(cursor, "SELECT FROM pg_roles WHERE rolname = %s", service, statement)
        _make_once(cursor, "SELECT FROM pg_database WHERE datname = %s", "stack", "CREATE DATABASE stack")


def _make_once(cursor: Any, look: str, name: str, statement: str | sql.Composed) -> None:
    """Kept servers have it from the time before."""
    cursor.execute(look, [name])
    if cursor.fetchone() is None:
        cursor.execute(statement, [PASSWORD] if isinstance(statement, sql.Composed) else None)


def _connect(servers: Servers) -> psycopg2.extensions.connection:
    opened = psycopg2.connect(
        host="127.0.0.1", port=servers.postgres_port, user="postgres", password=PASSWORD, dbname="postgres"
    )
    opened.autocommit = True
    return opened


def _wait_for_postgres(servers: Servers, folder: Path) -> None:
    deadline = time.monotonic() + START_S
    while True:
        try:
            _connect(servers).close()
        except psycopg2.OperationalError:
            if time.monotonic() > deadline:
                last = (folder / "log").read_text().strip().splitlines()[-1:]
                raise Problem(f"PostgreSQL for the tests does not start: {' '.join(last)}") from None
            time.sleep(0.1)
        else:
            return
