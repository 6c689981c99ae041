"""From where a later pass can start: the last moment of each UTC day after which nothing was pending.

Of a point that says something every few minutes, of each hour: what a late row makes anew is as much.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np

from telemetry_service.process import counter as states
from telemetry_service.process.counter import Counter
from telemetry_service.process.counters import CounterPass
from telemetry_service.process.instants import DAY, MICROS_A_SECOND, Int64, instant, micros

SHORT_SLOT = DAY // 24
OFTEN = 300 * MICROS_A_SECOND  # between two rows


class Checkpoint(NamedTuple):
    """All that later measurements depend on, after every row up to and including `at`, with nothing pending."""

    at: datetime
    counter: Counter

    def pack(self) -> dict[str, Any]:
        return states.pack(self.counter)


def checkpoints(
    times: Sequence[Int64], counter: CounterPass | None, start: Checkpoint | None, slot: int
) -> list[Checkpoint]:
    """`times` of every series. The last of each slot that had one, and `start` where no later one of its slot is."""
    found = list(_settled(times, counter, start.counter if start else Counter(), slot))
    if start and not (found and micros(found[0].at) // slot == micros(start.at) // slot):
        found.insert(0, start)
    return found


def slot_of(times: Sequence[Int64], start: Checkpoint | None) -> int:
    """How long a slot is, in µs, for a point that speaks as often as these `times` (of rows later than `start`) say."""
    longest = max(times, key=len, default=np.zeros(0, np.int64))
    if not len(longest):
        return DAY
    begin = micros(start.at) if start else int(longest[0])
    return SHORT_SLOT if int(longest[-1]) - begin <= OFTEN * len(longest) else DAY


def _settled(times: Sequence[Int64], counter: CounterPass | None, before: Counter, slot: int) -> Iterator[Checkpoint]:
    for begin in sorted({int(one) * slot for each in times for one in np.unique(each // slot)}):
        at = _last(times, begin + slot)
        while at is not None and at >= begin:
            known = counter.known_at(at) if counter else None
            if known is None or not known.pending:
                yield Checkpoint(instant(at), known.counter if known else before)
                break
            at = _last(times, counter.began_pending(at)) if counter else None


def _last(times: Sequence[Int64], before: int) -> int | None:
    """The last time of all series that lies before `before`."""
    ends = ((one, int(np.searchsorted(one, before))) for one in times)
    return max((int(one[end - 1]) for one, end in ends if end), default=None)
