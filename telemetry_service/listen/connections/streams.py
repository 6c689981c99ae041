"""A connection to an account whose adapter streams (see providers.adapters.Streams): a loop and a thread of its own."""

import asyncio
import logging
import random
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.conf import settings

from telemetry_service.listen.connections.accounts import StreamAccount
from telemetry_service.listen.connections.states import Standing
from telemetry_service.listen.models import ConnectionState
from telemetry_service.listen.store.arrivals import Arrival
from telemetry_service.providers.adapters import Account, Failure, FailureClass, Heard, PollFailed
from telemetry_service.providers.decoders.message import Command, Decoded, Reading
from telemetry_service.providers.turns import Gate

logger = logging.getLogger(__name__)
SOONEST_S, LONGEST_S = 1.0, 120.0
PLACES = 4
OVER = {FailureClass.AUTH: ConnectionState.REFUSED, FailureClass.CONFIG: ConnectionState.WRONG}


class StreamClient:
    """As a BrokerClient to the listener; what it hears goes to the same writer."""

    def __init__(self, account: StreamAccount, *, receive: Callable[[Arrival], None]) -> None:
        if account.adapter is None:
            raise ValueError(account.problem)
        self.account = account
        self._adapter = account.adapter
        self.standing = Standing(ConnectionState.CONNECTING)
        self.subscribed: set[str] = set()
        self.wanted: frozenset[str] = frozenset()
        self.is_over = False
        self._receive = receive
        self._thread = threading.Thread(target=self._run, name=f"stream-{account.id}", daemon=True)
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[None] | None = None
        self._ending = False

    def start(self) -> None:
        self._thread.start()

    def hear(self, _: Any) -> None:
        """Whom it hears is part of the account: another account is another client."""

    def publish(self, _: Command) -> None:
        """Nobody is told anything."""

    def say_goodbye(self) -> None:
        with suppress(RuntimeError):  # its loop has ended already
            self._loop.call_soon_threadsafe(self._end)

    def join(self) -> None:
        self._thread.join()

    def _end(self) -> None:
        self._ending = True
        if self._task is not None:
            self._task.cancel()

    def _run(self) -> None:
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(self._listen())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    async def _listen(self) -> None:
        self._task = asyncio.current_task()
        pause = SOONEST_S
        while not self._ending:
            failure = await self._stream()
            pause = SOONEST_S if self.standing.state == ConnectionState.CONNECTED else pause
            self.standing = Standing(OVER.get(failure.kind, ConnectionState.UNREACHABLE), failure.message)
            if failure.kind in OVER:
                self.is_over = True
                return
            await asyncio.sleep(failure.wait_s or pause * (1 + random.random() / 5))  # noqa: S311 jitter, no secret
            pause = min(pause * 2, LONGEST_S)

    async def _stream(self) -> Failure:
        """Why it ended."""
        try:
            await self._adapter.stream(self._account(), self.account.devices, self._emit)
        except PollFailed as error:
            return error.failure
        except Exception as error:
            # A stranger's adapter may raise anything; the account is tried again, the others go on.
            logger.exception("stream broke", extra={"account": self.account.name})
            return Failure(FailureClass.TRANSIENT, f"error interno al escuchar ({type(error).__name__})")
        return Failure(FailureClass.TRANSIENT, "se cortó la conexión")

    def _account(self) -> Account:
        said = self.account
        allow = frozenset(settings.OUTBOUND_ALLOW)
        return Account(said.id, said.parsed, said.credentials, allow, Gate(PLACES), asyncio.sleep)

    async def _emit(self, heard: Heard) -> None:
        """Comes back once it is kept."""
        self.standing = Standing(ConnectionState.CONNECTED)
        if not heard.readings:
            return
        kept = asyncio.get_running_loop().create_future()
        self._receive(arrival(self.account, heard, lambda: self._loop.call_soon_threadsafe(_settle, kept)))
        await kept


def arrival(account: StreamAccount, heard: Heard, settle: Callable[[], object]) -> Arrival:
    said = [Reading(str(heard.source_id), one.key, one.value, one.device_time, one.unit) for one in heard.readings]

    def done() -> None:
        with suppress(RuntimeError):  # whoever listened has gone meanwhile
            settle()

    return Arrival(
        provider_id=account.id,
        topic="",
        shown_topic="",
        payload=heard.body,
        received_at=heard.received_at,
        decode=lambda zones, memory: Decoded(readings=list(said)),
        source_id=heard.source_id,
        settle=done,
    )


def _settle(kept: "asyncio.Future[None]") -> None:
    if not kept.done():
        kept.set_result(None)
