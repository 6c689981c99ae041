"""The process's open sessions: one an account, with its connections and its login token."""

import threading
import time
from uuid import UUID

from django.conf import settings

from shared import clock
from telemetry_service.providers.engine.session import AccountSession
from telemetry_service.providers.models import Provider
from telemetry_service.providers.queries import row_of

_sessions: dict[UUID, tuple[int, AccountSession]] = {}
_lock = threading.Lock()


def session_for(provider: Provider) -> AccountSession:
    """The account's session, a new one once its row or credentials changed."""
    with _lock:
        version, session = _sessions.get(provider.id, (0, None))
        if session is None or version != provider.version:
            if session is not None:
                session.close()
            session = AccountSession(
                row_of(provider), provider.credentials, allow=settings.OUTBOUND_ALLOW, sleep=_pause
            )
            _sessions[provider.id] = (provider.version, session)
        return session


def close_sessions() -> None:
    with _lock:
        for _, session in _sessions.values():
            session.close()
        _sessions.clear()


def _pause(seconds: float) -> None:
    """A virtual clock does not move while we sleep."""
    if clock.virtual_clock_file() is None:
        time.sleep(seconds)
