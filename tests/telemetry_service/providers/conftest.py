import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

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
