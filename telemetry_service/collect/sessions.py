"""The process's open sessions: one an account, with its connections and its login token. Of the providers' loop."""

import asyncio
from uuid import UUID

from django.conf import settings

from shared import clock
from telemetry_service.collect.loop import provider_loop, stop_provider_loop
from telemetry_service.providers.engine.session import AccountSession
from telemetry_service.providers.models import Provider
from telemetry_service.providers.queries import row_of
from telemetry_service.providers.turns import Gate

_sessions: dict[UUID, tuple[int, AccountSession]] = {}
_gate = Gate(100)


async def session_for(provider: Provider) -> AccountSession:
    """The account's session, a new one once its row or credentials changed."""
    version, session = _sessions.get(provider.id, (0, None))
    if session is None or version != provider.version:
        fresh = AccountSession(
            row_of(provider), provider.credentials, gate=_gate, allow=settings.OUTBOUND_ALLOW, pause=_pause
        )
        _sessions[provider.id] = (provider.version, fresh)
        if session is not None:
            await session.close()
        return fresh
    return session


def close_sessions() -> None:
    provider_loop().submit(_close_all()).result()
    stop_provider_loop()


async def _close_all() -> None:
    for _, session in _sessions.values():
        await session.close()
    _sessions.clear()


async def _pause(seconds: float) -> None:
    """A virtual clock does not move while we sleep."""
    await asyncio.sleep(seconds if clock.virtual_clock_file() is None else 0)
