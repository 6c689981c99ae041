"""When each request of a look leaves. They leave in their order, never two of one instant that was planned for each."""

import threading
import time
from collections.abc import Callable
from datetime import datetime

# Lets so many seconds pass.
Wait = Callable[[float], None]


def at_once(seconds: float) -> None:
    """A virtual clock, or a test: time passes by itself."""


class Departures:
    """`start`: when the look began. A worker that was held up by a slow answer lets the gap pass all the same."""

    def __init__(self, start: datetime, wait: Wait) -> None:
        self._wait = wait
        self._began = time.monotonic()
        self._start = self._planned = start
        self._left = self._began
        self._lock = threading.Lock()

    def at(self, planned: datetime) -> None:
        """Returns when a request that was planned for this instant may leave."""
        with self._lock:
            gap = max(0.0, (planned - self._planned).total_seconds())
            due = max(self._began + (planned - self._start).total_seconds(), self._left + gap)
            self._wait(max(0.0, due - time.monotonic()))
            self._planned, self._left = planned, time.monotonic()
