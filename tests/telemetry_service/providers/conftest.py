from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from telemetry_service.providers.engine.parse import parse_row
from telemetry_service.providers.engine.session import AccountSession
from telemetry_service.providers.presets import override, preset

CREDENTIALS = {"username": "ops@example.cl", "password": "secreto-de-prueba"}
Open = Callable[..., AccountSession]


@pytest.fixture
def open_session(httpserver: HTTPServer) -> Iterator[Open]:
    """A session with the test's server in place of the provider, in no hurry and without pauses."""
    opened: list[AccountSession] = []

    def make(name: str, changes: Mapping[str, Any] | None = None, **more: Any) -> AccountSession:
        base = {"base_url": httpserver.url_for("").rstrip("/"), "limits": {"rate": "1000/s"}}
        row = parse_row(override(override(preset(name), base), changes or {}))
        credentials = CREDENTIALS if row.credentials else {}
        session = AccountSession(
            row, credentials, **{"allow": ["localhost", "127.0.0.1"], "sleep": lambda _: None, **more}
        )
        opened.append(session)
        return session

    yield make
    for session in opened:
        session.close()
