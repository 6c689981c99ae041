"""How much one key may ask for, so that a flood on it does not slow the others: so many requests a second, counted for
all processes together, and so many at once of the threads of each process.
"""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from telemetry_service.keys.bucket import Pace, take
from telemetry_service.keys.errors import TooManyOfKey

MOST_REMEMBERED = 16_384
BUSY_WAIT_S = 1.0


class Shared(Protocol):
    def take(self, key_id: UUID, pace: Pace) -> float | None: ...


@dataclass(slots=True)
class Limiter:
    """Thread-safe. `at_once` leaves the other threads of a process to the other keys."""

    pace: Pace
    at_once: int
    shared: Shared
    monotonic: Callable[[], float] = time.monotonic
    _busy: dict[UUID, int] = field(default_factory=dict)
    _own: OrderedDict[UUID, float] = field(default_factory=OrderedDict)
    # Until when a key was told to wait: what comes sooner is refused without asking Redis.
    _told: OrderedDict[UUID, float] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @contextmanager
    def admit(self, key_id: UUID) -> Iterator[None]:
        """Around the work of one request. Raises TooManyOfKey, which says when to come again."""
        self._enter(key_id)
        try:
            self._count(key_id)
            yield
        finally:
            self._leave(key_id)

    def _enter(self, key_id: UUID) -> None:
        with self._lock:
            busy = self._busy.get(key_id, 0)
            if busy >= self.at_once:
                detail = f"Esta clave ya tiene {busy} envíos en curso: espere su respuesta antes de mandar otro."
                raise TooManyOfKey(detail, wait=BUSY_WAIT_S)
            self._busy[key_id] = busy + 1

    def _leave(self, key_id: UUID) -> None:
        with self._lock:
            if self._busy[key_id] == 1:
                del self._busy[key_id]
            else:
                self._busy[key_id] -= 1

    def _count(self, key_id: UUID) -> None:
        now_s = self.monotonic()
        wait_s = self._told.get(key_id, now_s) - now_s
        if wait_s <= 0:
            wait_s = self._take(key_id, now_s)
            if wait_s > 0:
                with self._lock:
                    _remember(self._told, key_id, now_s + wait_s)
        if wait_s > 0:
            raise TooManyOfKey(
                f"Esta clave superó {self.pace.rate:g} envíos por segundo: junte las lecturas en menos envíos y espere "
                f"los segundos que dice «Retry-After».",
                wait=wait_s,
            )

    def _take(self, key_id: UUID, now_s: float) -> float:
        shared = self.shared.take(key_id, self.pace)
        if shared is not None:
            return shared
        with self._lock:
            empty_at_s, wait_s = take(self._own.get(key_id, now_s), pace=self.pace, now_s=now_s)
            _remember(self._own, key_id, empty_at_s)
        return wait_s


def _remember(kept: OrderedDict[UUID, float], key_id: UUID, until_s: float) -> None:
    kept[key_id] = until_s
    kept.move_to_end(key_id)
    if len(kept) > MOST_REMEMBERED:
        kept.popitem(last=False)
