"""The readings of one variable of one device, and which of them the provider has by now."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from deploy.simulators.times import FOREVER

Number = int | float
Value = Number | str | Mapping[str, Any]
Point = tuple[int, Value]


@dataclass(frozen=True, slots=True)
class Track:
    """Device times in epoch milliseconds, ascending; one that repeats is a duplicate.

    `seen` says when the provider got each; None is at its device time. `lead_ms` is the most by which one is there
    before its own time (a device whose clock is ahead). What is older than `kept_ms` the provider has forgotten; 0 is
    never.
    """

    times: Sequence[int]
    values: Sequence[Value]
    unit: str = ""
    seen: Sequence[int] | None = None
    lead_ms: int = 0
    kept_ms: int = 0

    def latest(self, now: int) -> Point | None:
        return next(iter(self.between(-FOREVER, FOREVER, now, newest_first=True, limit=1)), None)

    def between(
        self,
        start: int,
        end: int,
        now: int,
        *,
        newest_first: bool = False,
        skip: int = 0,
        limit: int | None = None,
    ) -> list[Point]:
        """Points with start <= time < end that the provider has, oldest first unless told otherwise."""
        indexes = self._indexes(start, end, now, newest_first=newest_first)
        taken = islice(indexes, skip, None if limit is None else skip + limit)
        return [(self.times[index], self.values[index]) for index in taken]

    def seen_at(self, time: int) -> int:
        """When the provider got the reading of that device time; the first of them, if it repeats."""
        return time if self.seen is None else self.seen[bisect_left(self.times, time)]

    def arrivals(self, start: int, end: int) -> list[tuple[int, int, Value]]:
        """What came with start <= seen < end: seen, device time, value; in the order of coming."""
        if self.seen is None:
            first, last = bisect_left(self.times, start), bisect_left(self.times, end)
            return [(self.times[index], self.times[index], self.values[index]) for index in range(first, last)]
        came = [(seen, index) for index, seen in enumerate(self.seen) if start <= seen < end]
        return [(seen, self.times[index], self.values[index]) for seen, index in sorted(came)]

    def plus(self, points: Iterable[Point], now: int) -> "Track":
        """With what was written to the provider just now, whatever its device time."""
        seen = self.times if self.seen is None else self.seen
        rows = [*zip(self.times, seen, self.values, strict=True), *((time, now, value) for time, value in points)]
        rows.sort(key=lambda row: row[0])
        return replace(self, **columns(rows))

    def _indexes(self, start: int, end: int, now: int, *, newest_first: bool) -> Iterator[int]:
        oldest = now - self.kept_ms if self.kept_ms else start
        first = bisect_left(self.times, max(start, oldest))
        last = min(bisect_left(self.times, end), bisect_left(self.times, self._end(now)))
        indexes = range(last - 1, first - 1, -1) if newest_first else range(first, last)
        seen = self.seen
        return iter(indexes) if seen is None else (index for index in indexes if seen[index] <= now)

    def _end(self, now: int) -> int:
        return now + self.lead_ms + 1


def columns(rows: Sequence[tuple[int, int, Value]]) -> dict[str, Any]:
    """The fields of a track from rows of device time, seen and value, in the order of device time."""
    return {
        "times": [time for time, _, _ in rows],
        "values": [value for _, _, value in rows],
        "seen": [seen for _, seen, _ in rows],
        "lead_ms": max([0, *(time - seen for time, seen, _ in rows)]),
    }


EMPTY = Track(times=(), values=())
