import asyncio
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from telemetry_service.providers.adapters import registry
from telemetry_service.providers.engine.parse import parse_row
from telemetry_service.providers.engine.poller import read_history, read_latest
from telemetry_service.providers.engine.results import Poll
from telemetry_service.providers.engine.session import AccountSession
from telemetry_service.providers.presets import override, preset
from telemetry_service.providers.turns import Gate

CREDENTIALS = {"username": "ops@example.cl", "password": "secreto-de-prueba"}


@dataclass
class Opened:
    """A session and the loop that it lives on, asked from a test that has none."""

    session: AccountSession
    runner: asyncio.Runner

    def latest(self, params: Mapping[str, str], keys: Sequence[str], now: datetime) -> Poll:
        return self.runner.run(read_latest(self.session, params=params, keys=keys, now=now))

    def history(
        self, params: Mapping[str, str], starts: Mapping[str, datetime], *, end: datetime, now: datetime | None = None
    ) -> Poll:
        reading = read_history(self.session, params=params, starts=starts, end=end, now=now or end)
        return self.runner.run(reading)

    def latest_at_once(self, count: int, params: Mapping[str, str], keys: Sequence[str], now: datetime) -> list[Poll]:
        """The same, asked for by `count` tasks at the same time."""

        async def together() -> list[Poll]:
            asking = [read_latest(self.session, params=params, keys=keys, now=now) for _ in range(count)]
            return await asyncio.gather(*asking)

        return self.runner.run(together())


Open = Callable[..., Opened]


async def no_pause(seconds: float) -> None:
    """In no hurry, and without waiting."""


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def open_session(httpserver: HTTPServer, runner: asyncio.Runner) -> Iterator[Open]:
    """A session with the test's server in place of the provider, in no hurry and without pauses."""
    opened: list[AccountSession] = []

    def make(name: str, changes: Mapping[str, Any] | None = None, **more: Any) -> Opened:
        base = {"base_url": httpserver.url_for("").rstrip("/"), "limits": {"rate": "1000/s"}}
        row = parse_row(override(override(preset(name), base), changes or {}))
        said = more.pop("credentials", CREDENTIALS)
        credentials = said if row.credentials else {}
        how = {"allow": ["localhost", "127.0.0.1"], "pause": no_pause, "gate": Gate(100), **more}

        async def start() -> AccountSession:
            return AccountSession(row, credentials, **how)

        opened.append(runner.run(start()))
        return Opened(opened[-1], runner)

    yield make
    for session in opened:
        runner.run(session.close())


Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Puts a package with an entry point where Python finds installed ones."""
    monkeypatch.syspath_prepend(str(tmp_path))
    registry._installed.cache_clear()
    modules = set(sys.modules)

    def make(name: str, source: str, target: str = "Adapter") -> None:
        module = f"adapter_of_{name.lower().replace('-', '_')}"
        (tmp_path / f"{module}.py").write_text(source)
        info = tmp_path / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[telemetry.providers]\n{name} = {module}:{target}\n")

    yield make
    registry._installed.cache_clear()
    for module in set(sys.modules) - modules:
        del sys.modules[module]


@pytest.fixture
def uninstall(tmp_path: Path) -> Callable[[], None]:
    """Takes away what `install` put there, as a new environment without the package would."""

    def remove() -> None:
        for entry_points in tmp_path.glob("*.dist-info/entry_points.txt"):
            entry_points.unlink()
        registry._installed.cache_clear()

    return remove
