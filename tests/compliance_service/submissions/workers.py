"""A worker of ours that stops where two could get in each other's way, and dies there when it is told to.

It is the real `send_due`, in a thread with a connection of its own. Where it stops it holds no lock and no transaction:
before its claim, before its bytes leave, and before it has read the answers.
"""

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from enum import IntEnum

from django.db import connection

from compliance_service.ledger.concealment import concealer
from compliance_service.receipts.operations import keep_receipts
from compliance_service.submissions.land import Accepted
from compliance_service.submissions.send import send_due

PATIENCE_S = 20


class Gate(IntEnum):
    """In the order in which a look comes by them."""

    CLAIM = 0
    BYTES = 1
    ANSWER = 2


class Killed(Exception):
    """What ends a thread here as SIGKILL ends a process: nothing of what it was doing is committed."""


class Worker:
    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(max_workers=1)
        self.at: Gate | None = None  # None: it does nothing
        self.flights = 0
        self._turn = threading.Condition()
        self._passed, self._is_dead = len(Gate), False
        self._arrived: Counter[Gate] = Counter()
        self._look: Future[int] | None = None

    def start(self, now: datetime) -> None:
        """Until it has chosen what to send, or found nothing."""
        self._passed, self._is_dead, self.flights = 0, False, 0
        self._arrived.clear()
        self._submit(now)
        self._settle(Gate.CLAIM, 1)

    def whole_look(self, now: datetime) -> Future[int]:
        self._passed, self._is_dead = len(Gate), False
        return self._submit(now)

    def go_on(self) -> None:
        """To the next gate or to the end. `flights` must be said before its bytes leave."""
        gate = self.at
        assert gate is not None
        self._open(gate + 1)
        if gate == Gate.ANSWER:
            self._settle(None, 0)
        else:
            self._settle(Gate(gate + 1), self.flights if gate == Gate.BYTES else 1)

    def die(self) -> None:
        with self._turn:
            self._is_dead = True
        self._open(len(Gate))
        self._settle(None, 0)

    def answered(self) -> None:
        """Called by the regulator, whose answer is on its way: the worker reads it when it goes on."""
        self._stop(Gate.ANSWER)

    def close(self) -> None:
        self.pool.submit(lambda: connection.close()).result()  # each thread has its own
        self.pool.shutdown()

    def _submit(self, now: datetime) -> "Future[int]":
        self._look = self.pool.submit(self._send, now)
        self._look.add_done_callback(lambda _: self._tell())
        return self._look

    def _send(self, now: datetime) -> int:
        conceal = concealer(now)

        def concealed(what: str, secret: bytes) -> str:
            self._stop(Gate.CLAIM, deadly=True)
            return conceal(what, secret)

        return send_due(now, keep=self._keep, conceal=concealed, wait=lambda _: self._stop(Gate.BYTES, deadly=True))

    def _keep(self, accepted: Sequence[Accepted]) -> None:
        if self._is_dead:
            raise Killed
        keep_receipts(accepted)

    def _stop(self, gate: Gate, *, deadly: bool = False) -> None:
        with self._turn:
            self._arrived[gate] += 1
            self._turn.notify_all()
            assert self._turn.wait_for(lambda: self._passed > gate, PATIENCE_S), f"nobody opened {gate.name}"
            if deadly and self._is_dead:
                raise Killed

    def _open(self, passed: int) -> None:
        with self._turn:
            self._passed = passed
            self._turn.notify_all()

    def _settle(self, gate: Gate | None, count: int) -> None:
        """Until so many came to the gate, or the look has ended."""
        look = self._look
        assert look is not None
        with self._turn:
            here = self._turn.wait_for(
                lambda: look.done() or (gate is not None and self._arrived[gate] >= count), PATIENCE_S
            )
        assert here, "a worker hangs"
        self.at = None if look.done() else gate
        if look.done() and not isinstance(look.exception(), Killed):
            look.result()

    def _tell(self) -> None:
        with self._turn:
            self._turn.notify_all()
