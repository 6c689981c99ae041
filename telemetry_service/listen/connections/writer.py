"""Stores what comes, many messages a commit, and acknowledges each once it is kept.

While the database is away nothing is acknowledged and nothing is lost: the brokers keep what they cannot send. A
message that cannot be stored for itself ends as a dead letter, and takes no other with it.
"""

import logging
import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from queue import Empty, SimpleQueue
from uuid import UUID

import psycopg2
from django.db import InterfaceError, OperationalError, close_old_connections, connection, transaction

from shared import clock
from telemetry_service.listen.connections import metrics
from telemetry_service.listen.connections.shards import Shard
from telemetry_service.listen.models import Reason
from telemetry_service.listen.store.arrivals import Arrival, Fate, Letter
from telemetry_service.listen.store.keep import Keeper
from telemetry_service.listen.store.letters import Counts, write_letters
from telemetry_service.listen.store.prepare import Rows
from telemetry_service.providers.decoders.message import Command

logger = logging.getLogger(__name__)
# psycopg2's own where COPY met it: Django does not wrap that.
AWAY = (OperationalError, InterfaceError, psycopg2.OperationalError, psycopg2.InterfaceError)
GATHER_S = 0.005
LOOK_S = 0.5
MOST_AT_ONCE = 1000
# Rows of one commit share the time at which they were received.
TOGETHER = timedelta(milliseconds=250)
LAST_S = 5.0
PAUSES_S = (0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0)
# Of quality 0 a broker sends whatever comes: while the database is away the memory must not fill.
MOST_WAITING = 20_000

Publish = Callable[[UUID, Command], None]


@dataclass(slots=True)
class Writer:
    """Of one thread, which alone touches the database here. `announce` says that something waits to be processed."""

    shard: Shard
    rows: Callable[[], Rows]
    announce: Callable[[], None]
    publish: Publish
    _stopping: threading.Event = field(default_factory=threading.Event)
    _ends_at: float = math.inf
    _keeper: Keeper = field(init=False)
    _inbox: SimpleQueue[Arrival] = field(default_factory=SimpleQueue)
    _held: Arrival | None = None

    def __post_init__(self) -> None:
        self._keeper = Keeper(self.rows)

    @property
    def waiting(self) -> int:
        return self._inbox.qsize()

    def receive(self, arrival: Arrival) -> None:
        """Called by the brokers' threads."""
        if arrival.may_be_lost and self._inbox.qsize() >= MOST_WAITING:
            metrics.MESSAGES.labels("dropped").inc()
            return
        self._inbox.put(arrival)

    def forget(self, provider_id: UUID) -> None:
        """Another listener may have heard the account meanwhile."""
        self._keeper.forget(provider_id)

    def stop(self) -> None:
        """Soon: first what is there already, as far as that takes no longer than LAST_S."""
        self._ends_at = time.monotonic() + LAST_S
        self._stopping.set()

    def run(self) -> None:
        """Until it is stopped."""
        while batch := self._gather():
            self._keep(batch)
        connection.close()

    def _gather(self) -> list[Arrival]:
        """What comes within GATHER_S of the first; nothing once all is done and it is time to stop."""
        first = self._first()
        if first is None:
            return []
        batch, closes_at = [first], time.monotonic() + GATHER_S
        while len(batch) < MOST_AT_ONCE:
            try:
                following = self._inbox.get(timeout=max(closes_at - time.monotonic(), 0))
            except Empty:
                break
            if following.received_at - first.received_at > TOGETHER:
                self._held = following
                break
            batch.append(following)
        return batch

    def _first(self) -> Arrival | None:
        while time.monotonic() < self._ends_at:
            if self._held is not None:
                held, self._held = self._held, None
                return held
            try:
                return self._inbox.get(timeout=0 if self._stopping.is_set() else LOOK_S)
            except Empty:
                self._measure(None)
                if self._stopping.is_set():
                    break
        return None

    def _keep(self, batch: Sequence[Arrival]) -> None:
        pauses = iter(PAUSES_S)
        while True:
            self._measure(batch[0])
            try:
                self._store(batch)
                return
            except AWAY as error:
                connection.close()
                pause = next(pauses, PAUSES_S[-1])
                logger.warning("database away", extra={"why": type(error).__name__, "pause_s": pause})
                if self._stopping.wait(pause):
                    return  # not acknowledged: it comes again

    def _store(self, batch: Sequence[Arrival]) -> None:
        close_old_connections()
        began = time.monotonic()
        try:
            kept = self._keeper.keep(batch, now=clock.now())
        except AWAY:
            raise
        except Exception as error:
            if len(batch) > 1:
                for one in batch:
                    self._store([one])
                return
            logger.exception("message not stored", extra={"provider": str(batch[0].provider_id)})
            self._bury(batch[0], error)
            return
        metrics.COMMITS.observe(time.monotonic() - began)
        for provider_id, command in kept.commands:
            self.publish(provider_id, command)
        if kept.is_news:
            self.announce()
        self._settle(batch, kept.fates)

    def _bury(self, arrival: Arrival, error: Exception) -> None:
        """Whatever is wrong with it, it must not come again for ever."""
        fate = Fate(letters=[Letter(Reason.UNSTORABLE, type(error).__name__)])
        with transaction.atomic():
            write_letters([(arrival, fate.letters)], Counts())
        self._settle([arrival], [fate])

    def _settle(self, batch: Sequence[Arrival], fates: Sequence[Fate]) -> None:
        for arrival, fate in zip(batch, fates, strict=True):
            arrival.settle()
            metrics.MESSAGES.labels(fate.outcome).inc()
            for letter in fate.letters:
                metrics.LETTERS.labels(letter.reason).inc()

    def _measure(self, oldest: Arrival | None) -> None:
        lag = (clock.now() - oldest.received_at).total_seconds() if oldest else 0.0
        metrics.LAG.labels(str(self.shard)).set(max(lag, 0.0))
        metrics.WAITING.labels(str(self.shard)).set(self._inbox.qsize())
