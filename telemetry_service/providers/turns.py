"""Whose turn it is to speak with a provider: a rate and a number of places for each account, one gate for all."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

Pause = Callable[[float], Awaitable[None]]


class Bucket:
    """A token bucket: `per_second` turns on average, one second's worth at once."""

    def __init__(self, per_second: float) -> None:
        self._rate, self._most = per_second, max(1.0, per_second)
        self._level, self._at = self._most, time.monotonic()

    def wait_s(self) -> float:
        """Takes a place in the queue and says how long it is."""
        now = time.monotonic()
        self._level = min(self._most, self._level + (now - self._at) * self._rate) - 1
        self._at = now
        return max(0.0, -self._level / self._rate)


@dataclass(slots=True)
class _Line:
    """One account at the gate."""

    inside: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)


class Gate:
    """So many exchanges at once over all accounts. Whoever has the fewest inside goes first.

    First come, first served would let an account with a thousand slow devices hold up one with a single device.
    """

    def __init__(self, places: int) -> None:
        self._free = places
        self._lines: dict[int, _Line] = {}

    @asynccontextmanager
    async def passed(self, account: int) -> AsyncIterator[None]:
        await self._enter(account)
        try:
            yield
        finally:
            self._leave(account)

    async def _enter(self, account: int) -> None:
        line = self._lines.setdefault(account, _Line())
        if self._free > 0:
            self._free -= 1
            line.inside += 1
            return
        turn = asyncio.get_running_loop().create_future()
        line.waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave(account)  # let in and called off in the same moment
            else:
                line.waiting.remove(turn)
                self._forget(account, line)
            raise

    def _leave(self, account: int) -> None:
        line = self._lines[account]
        line.inside -= 1
        self._forget(account, line)
        waiting = [one for one in self._lines.values() if one.waiting]
        if not waiting:
            self._free += 1
            return
        following = min(waiting, key=lambda one: one.inside)
        following.inside += 1
        following.waiting.popleft().set_result(None)

    def _forget(self, account: int, line: _Line) -> None:
        if not line.inside and not line.waiting:
            self._lines.pop(account, None)


class Turns:
    """An account's turns: `async with turns.one():` around each exchange with the provider.

    The account's own place and rate come first, the gate last: who waits for his own limits holds up nobody else.
    """

    def __init__(self, gate: Gate, *, per_second: float, concurrency: int, pause: Pause = asyncio.sleep) -> None:
        self._gate, self._pause = gate, pause
        self._bucket = Bucket(per_second)
        self._places = asyncio.Semaphore(concurrency)

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        async with self._places:
            wait = self._bucket.wait_s()
            if wait:
                await self._pause(wait)
            async with self._gate.passed(id(self)):
                yield
