"""So many requests a minute for all that one account of a vendor asks; the count begins again at each full minute."""

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass
class Budgets:
    """`per_minute` by engine; an engine that is not named has no limit."""

    per_minute: dict[str, int]
    refused: int = 0
    minute: str = ""
    used: Counter[tuple[str, str]] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def set(self, wanted: Mapping[str, int | None]) -> None:
        """None takes a limit away."""
        with self.lock:
            merged = self.per_minute | dict(wanted)
            self.per_minute = {engine: limit for engine, limit in merged.items() if limit is not None}

    def is_spent(self, engine: str, profile: str, now: datetime) -> bool:
        """Whether this request is one too many; counts it if not."""
        minute = now.isoformat(timespec="minutes")
        with self.lock:
            limit = self.per_minute.get(engine)
            if minute != self.minute:
                self.minute = minute
                self.used.clear()
            if limit is None:
                return False
            if self.used[engine, profile] >= limit:
                self.refused += 1
                return True
            self.used[engine, profile] += 1
            return False


def wait_s(now: datetime) -> int:
    """Seconds until the next full minute."""
    return 60 - now.second
