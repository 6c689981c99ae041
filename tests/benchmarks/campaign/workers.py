"""Workers of the Compliance service that die in the middle of their work, and are started again.

Each is a process of its own, forked from one that has read the program; it looks when it is told to, at an instant.
"""

import multiprocessing
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection
from typing import Any

from django.db import Error, connection

FORK: Any = multiprocessing.get_context("fork")
PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Look:
    """What one look came to. `failed`: the kind of the error that ended it, empty where none did."""

    sent: int = 0
    wake: datetime | None = None
    failed: str = ""


def look(now: datetime) -> Look:
    """The steps of the sweep that send, in its order."""
    from compliance_service.ledger.concealment import concealer
    from compliance_service.obligations.making import make_ahead
    from compliance_service.receipts.operations import keep_receipts
    from compliance_service.submissions.operations import recover
    from compliance_service.submissions.prepare import prepare
    from compliance_service.submissions.queries import next_wake
    from compliance_service.submissions.send import send_due
    from tests.benchmarks.campaign.days import measured

    make_ahead(now)
    recover(now)
    prepare(now, read=measured)
    sent = send_due(now, keep=keep_receipts, conceal=concealer(now))
    return Look(sent, next_wake(now))


def seal_all(now: datetime) -> Look:
    from compliance_service.ledger.operations import seal

    return Look(seal(now))


def _serve(pipe: Connection) -> None:
    while True:
        act, now = pipe.recv()
        try:
            pipe.send(act(now))
        except Error as error:  # the database is away: the next look goes on from the rows
            connection.close()
            pipe.send(Look(failed=type(error).__name__))


class Worker:
    def __init__(self) -> None:
        self.kills = self.deaths = 0
        self._start()

    def _start(self) -> None:
        self._is_killed = False
        self._pipe, theirs = FORK.Pipe()
        self._process = FORK.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()

    def begin(self, act: Callable[[datetime], Look], now: datetime) -> None:
        self._pipe.send((act, now))

    def end(self) -> Look | None:
        """None: it died meanwhile. Where it is dead, another one is there now."""
        found: Look | None = None
        try:
            if self._pipe.poll(PATIENCE_S):
                found = self._pipe.recv()
        except (EOFError, OSError):
            self.deaths += not self._is_killed
        if found is None or self._is_killed:
            self._process.kill()
            self._process.join()
            self._start()
        return found

    def kill(self) -> None:
        self.kills += 1
        self._is_killed = True
        self._process.kill()
        self._process.join()


@dataclass
class Trouble:
    """What happens to whom: drawn from a seed. `crash` restarts the database as if it had died."""

    crash: Callable[[], None]
    kills: float  # of a worker, in each look
    crashes: float
    chance: random.Random = field(default_factory=lambda: random.Random(20_260_101))  # no secret
    crashed: int = 0

    def strike(self, workers: list[Worker]) -> None:
        """While they look: at some moment between a claim and its landing, before, or after."""
        if self.chance.random() < self.kills:
            time.sleep(self.chance.uniform(0, 0.12))
            self.chance.choice(workers).kill()
        if self.chance.random() < self.crashes:
            time.sleep(self.chance.uniform(0, 0.12))
            self.crashed += 1
            self.crash()


def run(workers: list[Worker], act: Callable[[datetime], Look], now: datetime, trouble: Trouble | None) -> list[Look]:
    for worker in workers:
        worker.begin(act, now)
    if trouble:
        trouble.strike(workers)
    return [found for worker in workers if (found := worker.end())]
