"""From where a later pass can start: the last moment of each UTC day after which nothing was pending."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

from telemetry_service.process import counter as states
from telemetry_service.process.counter import Counter
from telemetry_service.process.counters import CounterPass
from telemetry_service.process.instants import DAY, Int64, instant


class Checkpoint(NamedTuple):
    """All that later measurements depend on, after every row up to and including `at`, with nothing pending."""

    at: datetime
    counter: Counter

    def pack(self) -> dict[str, Any]:
        return states.pack(self.counter)


def checkpoints(times: Sequence[Int64], counter: CounterPass | None, start: Checkpoint | None) -> list[Checkpoint]:
    """`times` of every series. The last of each day that had one, and `start` where no later one of its day is."""
    found = list(_settled(times, counter, start.counter if start else Counter()))
    if start and not (found and found[0].at.toordinal() == start.at.toordinal()):
        found.insert(0, start)
    return found


def _settled(times: Sequence[Int64], counter: CounterPass | None, before: Counter) -> Iterator[Checkpoint]:
    for day in _days(times):
        at = _last(times, day + DAY)
        while at is not None and at >= day:
            known = counter.known_at(at) if counter else None
            if known is None or not known.pending:
                yield Checkpoint(instant(at), known.counter if known else before)
                break
            at = _last(times, counter.began_pending(at)) if counter else None


def _days(times: Sequence[Int64]) -> list[int]:
    """The UTC midnights after which there is something."""
    return sorted({int(day) * DAY for one in times for day in np.unique(one // DAY)})


def _last(times: Sequence[Int64], before: int) -> int | None:
    """The last time of all series that lies before `before`."""
    ends = ((one, int(np.searchsorted(one, before))) for one in times)
    return max((int(one[end - 1]) for one, end in ends if end), default=None)
