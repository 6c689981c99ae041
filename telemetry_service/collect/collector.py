"""A process's collector: one loop that asks, and rounds that claim and store meanwhile.

A round ends when nothing is due and nothing is in hand, or after ROUND_S: what a slow provider says later is stored by
the next round, and whatever else the process has to do goes on.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Sequence
from queue import Empty, SimpleQueue

from django.db import InterfaceError, OperationalError, connection

from shared import clock as clocks
from telemetry_service.collect.asking import Clock, Done, Job, ask
from telemetry_service.collect.claims import give_back, put_aside
from telemetry_service.collect.hand import Hand
from telemetry_service.collect.loop import LoopThread
from telemetry_service.collect.outcomes import finish_all
from telemetry_service.collect.searches import let_go
from telemetry_service.collect.sessions import Lanes

logger = logging.getLogger(__name__)
ROUND_S = 30.0
# What ends within this time is stored together.
GROUP_S = 0.1
MOST_POLLS, MOST_ROWS = 500, 50_000
# Nothing has ended: time to look whether something else fell due.
LOOK_AGAIN_S = 0.5
LOST = (OperationalError, InterfaceError)


class Collector:
    def __init__(self, *, concurrency: int) -> None:
        self._loop = LoopThread()
        self._lanes = Lanes(concurrency)
        self._hand = Hand(lambda provider: self._loop.run(self._lanes.of(provider)))
        self._ended: SimpleQueue[Done] = SimpleQueue()
        self._unsaved: list[Done] = []
        self._asking: set[asyncio.Task[None]] = set()
        self._turn = threading.Lock()

    def round(self, clock: Clock) -> int:
        """Says how many polls it stored. Raises, at the end, what kept one from being stored."""
        if not self._turn.acquire(blocking=False):
            return 0
        try:
            return self._round(clock)
        except LOST:
            connection.close()  # what was asked stays in hand: the next round stores it
            raise
        finally:
            self._turn.release()

    def close(self) -> None:
        """What is in hand is left to whoever takes the account next."""
        with self._turn:
            self._loop.run(self._lanes.close())
            self._loop.stop()
            self._hand.close()

    def _round(self, clock: Clock) -> int:
        # Under a virtual clock everything is waited for: a replayed day is the same every time.
        ends_at = float("inf") if clocks.virtual_clock_file() else time.monotonic() + ROUND_S
        polled, errors = 0, list[Exception]()
        while True:
            jobs = self._hand.claim(clock()) if time.monotonic() < ends_at else []
            if not self._hand:
                break  # nothing is due: asked while nothing takes up room
            self._loop.soon(self._begin, jobs, clock)
            polled += self._settle(self._gather(), clock, errors)
            if time.monotonic() >= ends_at:
                break
        self._hand.leave_idle()
        if errors:
            raise errors[0]
        return polled

    # --- on the loop

    def _begin(self, jobs: Sequence[Job], clock: Clock) -> None:
        for job in jobs:
            job.lane.users += 1
            task = asyncio.get_running_loop().create_task(self._ask(job, clock))
            self._asking.add(task)
            task.add_done_callback(self._asking.discard)

    async def _ask(self, job: Job, clock: Clock) -> None:
        try:
            self._ended.put(await ask(job, clock))
        finally:
            job.lane.users -= 1

    # --- with the database

    def _gather(self) -> list[Done]:
        """What ended: all that does within GROUP_S of the first, as far as one transaction should reach."""
        group, self._unsaved = self._unsaved, []
        rows, closes_at = 0, time.monotonic() + GROUP_S
        while len(group) < min(len(self._hand), MOST_POLLS) and rows < MOST_ROWS:
            try:
                done = self._ended.get(timeout=max(closes_at - time.monotonic(), 0) if group else LOOK_AGAIN_S)
            except Empty:
                break
            if not group:
                closes_at = time.monotonic() + GROUP_S
            group.append(done)
            rows += len(done.poll.readings) if done.poll else 0
        return group

    def _settle(self, group: list[Done], clock: Clock, errors: list[Exception]) -> int:
        """Nothing of `group` leaves the hand before it is stored: whatever stops us here, the next round goes on."""
        self._unsaved = group
        waiting = [done for done in group if done.poll is None]
        if waiting:
            give_back([done.source for done in waiting])
            let_go(waiting, now=clock())
            self._let_go(waiting)
        polled = list(self._unsaved)
        self._keep(polled, clock, errors)
        return len(polled)

    def _keep(self, group: Sequence[Done], clock: Clock, errors: list[Exception]) -> None:
        """All at once; one by one where that fails, so that a bad one takes no other with it."""
        if not group:
            return
        try:
            kept = finish_all(group, now=clock())
        except LOST:
            raise
        except Exception as error:
            if len(group) > 1:
                for done in group:
                    self._keep([done], clock, errors)
                return
            logger.exception("poll not stored", extra={"source": str(group[0].source.id)})
            put_aside(source=group[0].source, now=clock())
            errors.append(error)
        else:
            for provider_id in kept.held_back:
                self._hand.hold_back(provider_id)
        self._let_go(group)

    def _let_go(self, group: Sequence[Done]) -> None:
        for done in group:
            self._unsaved.remove(done)
            self._hand.settle(done.source)
