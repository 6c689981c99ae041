"""A listener: connections to all accounts of its shard, one writer, and what people change taken up as it runs."""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import close_old_connections, connection

from shared import clock
from telemetry_service.listen.connections import metrics, states
from telemetry_service.listen.connections.accounts import BrokerAccount, StreamAccount, broker_accounts, stream_accounts
from telemetry_service.listen.connections.client import BrokerClient
from telemetry_service.listen.connections.shards import Shard
from telemetry_service.listen.connections.states import Standing
from telemetry_service.listen.connections.streams import StreamClient
from telemetry_service.listen.connections.writer import AWAY, Writer
from telemetry_service.listen.models import ConnectionState
from telemetry_service.listen.upkeep import keep_house
from telemetry_service.providers.decoders.message import Command
from telemetry_service.providers.mqtt.row import MqttRow

logger = logging.getLogger(__name__)
TICK_S, REFRESH_S, SEEN_S, HOUSE_S = 0.5, 3.0, 30.0, 60.0
# An edge node is asked for a rebirth once, however many of its messages want one.
COMMANDED_EVERY_S = 10.0

ListenedAccount = BrokerAccount | StreamAccount
Client = BrokerClient | StreamClient


class Broken(Exception):
    """The writer ended although nobody asked it to: whoever runs us starts us again."""


@dataclass(slots=True)
class Every:
    """Says of a duty whether it is its time."""

    due_at: dict[str, float] = field(default_factory=dict)

    def passed(self, what: str, every_s: float) -> bool:
        now = time.monotonic()
        if now < self.due_at.get(what, 0.0):
            return False
        self.due_at[what] = now + every_s
        return True


class Listener:
    def __init__(self, shard: Shard, *, announce: Callable[[], None]) -> None:
        self.shard = shard
        self._rows: dict[UUID, MqttRow] = {}
        self._clients: dict[UUID, Client] = {}
        self._noted: dict[UUID, tuple[int, Standing, frozenset[str]]] = {}
        self._every = Every()
        self._writer = Writer(shard, lambda: self._rows, announce, self._publish)
        self._thread = threading.Thread(target=self._writer.run, name="writer", daemon=True)

    def run(self, stopping: threading.Event) -> None:
        self._thread.start()
        try:
            while not stopping.wait(TICK_S):
                if not self._thread.is_alive():
                    raise Broken("the writer ended")
                self._tick()
        finally:
            self._close()

    def _tick(self) -> None:
        close_old_connections()
        try:
            if self._every.passed("refresh", REFRESH_S):
                self._refresh(clock.now())
            self._note(clock.now())
            if self._every.passed("seen", SEEN_S):
                states.seen(provider_ids=self._clients, shard=self.shard, now=clock.now())
                self._say_how_it_stands()
            if self._every.passed("house", HOUSE_S):
                keep_house(clock.now())
        except AWAY as error:
            connection.close()
            logger.warning("database away", extra={"why": type(error).__name__})

    # --- accounts

    def _refresh(self, now: datetime) -> None:
        heard: list[ListenedAccount] = [*broker_accounts(self.shard), *stream_accounts(self.shard)]
        accounts = {account.id: account for account in heard}
        self._drop(one for one in self._clients.values() if _is_another(accounts.get(one.account.id), one))
        gone = [provider_id for provider_id in self._noted if provider_id not in accounts]
        if gone:
            states.closed(provider_ids=gone, shard=self.shard, now=now)
            for provider_id in gone:
                del self._noted[provider_id]
        for account in accounts.values():
            if account.id not in self._clients:
                self._open(account, now)
            elif isinstance(account, BrokerAccount):
                self._clients[account.id].hear(account.filters)

    def _open(self, account: ListenedAccount, now: datetime) -> None:
        opening = states.opening(provider_id=account.id, version=account.version, shard=self.shard, now=now)
        if account.problem:
            self._write(account, Standing(ConnectionState.WRONG, account.problem), opening.subscribed, now)
        elif not opening.waits:
            client = self._client(account, opening.subscribed)
            # Also what is wanted no more, until the broker has heard that: a crash in between forgets none.
            self._write(account, Standing(ConnectionState.CONNECTING), opening.subscribed | client.wanted, now)
            self._clients[account.id] = client
            client.start()

    def _client(self, account: ListenedAccount, subscribed: frozenset[str]) -> Client:
        if isinstance(account, StreamAccount):
            return StreamClient(account, receive=self._writer.receive)
        client = BrokerClient(account, subscribed=subscribed, receive=self._writer.receive)
        self._rows[account.id] = client.row
        self._writer.forget(account.id)
        return client

    def _drop(self, clients: Iterable[Client]) -> None:
        dropped = list(clients)
        for client in dropped:
            client.say_goodbye()
        for client in dropped:
            client.join()
            del self._clients[client.account.id]

    # --- states

    def _note(self, now: datetime) -> None:
        """Writes down what changed. A connection that ended itself is let go; `_open` takes it up in its time."""
        over = [client for client in self._clients.values() if client.is_over]  # first: why is said before that
        for client in self._clients.values():
            self._write(client.account, client.standing, client.subscribed, now)
        self._drop(over)

    def _write(self, account: ListenedAccount, standing: Standing, filters: Iterable[str], now: datetime) -> None:
        said = account.version, standing, frozenset(filters)
        if self._noted.get(account.id) == said:
            return
        states.note(
            provider_id=account.id,
            version=account.version,
            shard=self.shard,
            standing=standing,
            filters=said[2],
            now=now,
        )
        if isinstance(account, StreamAccount) and account.has_history and standing.state == ConnectionState.CONNECTED:
            states.ask_for_what_was_missed(provider_id=account.id, now=now)
        self._noted[account.id] = said
        logger.info("connection", extra={"account": account.name, "state": standing.state, "problem": standing.problem})

    def _say_how_it_stands(self) -> None:
        counts = Counter(standing.state for _, standing, _ in self._noted.values())
        for state in ConnectionState:
            metrics.CONNECTIONS.labels(str(self.shard), state.value).set(counts[state])
        said = {state.value: counts[state] for state in ConnectionState}
        logger.info("listen health", extra={"shard": str(self.shard), "waiting": self._writer.waiting, **said})

    # --- on the writer's thread

    def _publish(self, provider_id: UUID, command: Command) -> None:
        client = self._clients.get(provider_id)
        if client is not None and self._every.passed(f"{provider_id}/{command.topic}", COMMANDED_EVERY_S):
            client.publish(command)

    def _close(self) -> None:
        """What was received is stored and acknowledged; the brokers keep our sessions."""
        self._writer.stop()
        self._thread.join()
        self._drop(list(self._clients.values()))
        try:
            states.closed(provider_ids=list(self._noted), shard=self.shard, now=clock.now())
        except AWAY:
            logger.warning("database away at the end")
        connection.close()


def _is_another(account: ListenedAccount | None, client: Client) -> bool:
    """Also where other devices are heard by an adapter: it was told which."""
    before = client.account
    if account is None or account.version != before.version or account.problem:
        return True
    return isinstance(before, StreamAccount) and getattr(account, "devices", ()) != before.devices
