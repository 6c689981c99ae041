"""An account's open session, and the lane in which its sources are asked. All of it lives on the providers' loop."""

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.conf import settings

from shared import clock
from shared.errors import StackError
from telemetry_service.providers.adapters import Account, Ask, Failure, FailureClass, Poll, Session, adapter_for
from telemetry_service.providers.models import Provider
from telemetry_service.providers.turns import Gate

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Wave:
    """What was claimed of an account while it was well. Once halted, those not yet asked are given back."""

    halted: bool = False


@dataclass(slots=True)
class Lane:
    """`users` counts the polls in hand: a session that a newer one replaced is closed after the last of them."""

    version: int
    session: Session
    places: asyncio.Semaphore
    wave: Wave = field(default_factory=Wave)
    users: int = 0


class Unusable:
    """The session of an account that cannot be opened: it says why, every time."""

    concurrency = 10
    lookback = backfill = timedelta(0)

    def __init__(self, why: str) -> None:
        self._why = why

    async def read(self, ask: Ask) -> Poll:
        return Poll(failure=Failure(FailureClass.CONFIG, self._why))

    async def close(self) -> None:
        """Holds nothing."""


class Lanes:
    """One a provider account, a new one once its row or credentials changed."""

    def __init__(self, concurrency: int) -> None:
        self._gate = Gate(concurrency)
        self._lanes: dict[UUID, Lane] = {}
        self._retired: list[Lane] = []

    async def of(self, provider: Provider) -> Lane:
        lane = self._lanes.get(provider.id)
        if lane is not None and lane.version == provider.version:
            return lane
        if lane is not None:
            self._retired.append(lane)
        session = self._open(provider)
        self._lanes[provider.id] = Lane(provider.version, session, asyncio.Semaphore(session.concurrency))
        await self.close_unused()
        return self._lanes[provider.id]

    async def close_unused(self) -> None:
        for lane in [one for one in self._retired if not one.users]:
            self._retired.remove(lane)
            await lane.session.close()

    async def close(self) -> None:
        for lane in [*self._lanes.values(), *self._retired]:
            await lane.session.close()

    def _open(self, provider: Provider) -> Session:
        try:
            adapter = adapter_for(provider.type, provider.adapter)
            parsed = adapter.parse(provider.config)
            allow = frozenset(settings.OUTBOUND_ALLOW)
            return adapter.open(Account(provider.id, parsed, provider.credentials, allow, self._gate, _pause))
        except StackError as error:
            return Unusable(str(error))
        except Exception as error:
            # A stranger's adapter may raise anything; the other accounts go on.
            logger.exception("session does not open", extra={"provider": str(provider.id)})
            return Unusable(f"error interno al abrir la cuenta ({type(error).__name__})")


async def _pause(seconds: float) -> None:
    """A virtual clock does not move while we sleep."""
    await asyncio.sleep(seconds if clock.virtual_clock_file() is None else 0)
