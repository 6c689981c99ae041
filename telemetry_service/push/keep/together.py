"""Pushes that arrive together are kept together: a commit costs the same for one as for many, and nobody waits for it
but behind another. Whoever finds nobody at work keeps what has come, also for the others, and then hands over.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from telemetry_service.push.keep.push import Push

MOST_ROWS = 20_000
MOST_PUSHES = 200
Keep = Callable[[Sequence[Push]], None]


@dataclass(slots=True, eq=False)
class _Waiting:
    """`turn` is held until the push is done, or it falls to its thread to keep."""

    push: Push
    turn: threading.Lock = field(default_factory=threading.Lock)
    is_done: bool = False


@dataclass(slots=True)
class Together:
    """Of one process. `keep` gives each push its outcome and raises nothing."""

    keep: Keep
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _is_busy: bool = False
    # By API key: of each its first is taken in turn, so that a flood on one does not fill the transaction.
    _waiting: OrderedDict[UUID, deque[_Waiting]] = field(default_factory=OrderedDict)

    def submit(self, push: Push) -> None:
        """Comes back when the push has its outcome."""
        mine = _Waiting(push)
        mine.turn.acquire()
        with self._lock:
            leads, self._is_busy = not self._is_busy, True
            if not leads:
                self._waiting.setdefault(push.key_id, deque()).append(mine)
        if not leads:
            mine.turn.acquire()
        if not mine.is_done:
            self._lead(mine)

    def _lead(self, mine: _Waiting) -> None:
        with self._lock:
            batch = [mine, *self._taken(MOST_ROWS - mine.push.rows)]
        try:
            self.keep([one.push for one in batch])
        finally:
            for one in batch:
                one.is_done = True
                one.turn.release()
            self._hand_over()

    def _taken(self, room: int) -> Iterator[_Waiting]:
        for _ in range(MOST_PUSHES - 1):
            if not self._waiting or next(iter(self._waiting.values()))[0].push.rows > room:
                break
            one = self._next()
            room -= one.push.rows
            yield one

    def _hand_over(self) -> None:
        with self._lock:
            following = self._next() if self._waiting else None
            self._is_busy = following is not None
        if following is not None:
            following.turn.release()

    def _next(self) -> _Waiting:
        """The first of the key whose turn it is; then it is the next key's."""
        key_id, queue = self._waiting.popitem(last=False)
        one = queue.popleft()
        if queue:
            self._waiting[key_id] = queue
        return one
