"""When a work's backlog will be gone, and which of its hours will miss their lag. Plain Python: no clock, no database.

It follows the rules that the sender follows (`turn`, `may_send_next`): one send at a time of a work, its authority's
pause apart while more is owed, the freshest hour in a lane of its own, the rest in the order of their hours.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heapify, heappop, heappush

from compliance_service.authorities.interface import Pace
from compliance_service.submissions.decision import may_send_next

# An hour is fresh for as long as the regulator wants it "online".
FRESH = timedelta(hours=1)
# A backlog that grows faster than it may be sent has no end; a year of hours is more than any work owes.
MOST_STEPS = 20_000


@dataclass(frozen=True, slots=True, order=True)
class Owed:
    """A slot that can be sent from `ready_at` on. `deadline_at` is when its lag ends."""

    slot_at: datetime
    ready_at: datetime
    deadline_at: datetime


@dataclass(frozen=True, slots=True)
class Planned:
    slot_at: datetime
    at: datetime
    deadline_at: datetime

    @property
    def is_late(self) -> bool:
        return self.at > self.deadline_at


def turn(slots: Sequence[datetime], *, now: datetime) -> datetime:
    """Which of the slots that may be sent goes now: the newest where it is fresh, else the oldest."""
    newest = max(slots)
    return newest if newest > now - FRESH else min(slots)


def plan(
    owed: Iterable[Owed], *, arriving: Iterable[Owed], free_at: datetime | None, pace: Pace, now: datetime
) -> list[Planned] | None:
    """Each slot of `owed` with the instant of its send, in the order of the sends; None where that has no end.

    `arriving`: the slots to come, by time, for as long as anybody asks; they take their turns, and are not listed.
    """
    queue = _Queue(owed, iter(arriving))
    backlog = queue.size
    at = max(now, free_at) if free_at else now
    found: list[Planned] = []
    for _ in range(MOST_STEPS):
        if len(found) == backlog:
            return found
        at = max(at, queue.advance(at))
        sent, is_backlog = queue.take(at)
        if is_backlog:
            found.append(Planned(sent.slot_at, at, sent.deadline_at))
        at = may_send_next(owed=queue.ready, sent_at=at, pace=pace) or at
    return None


class _Queue:
    """What waits for its instant, and what is ready; new slots join as time goes on."""

    def __init__(self, owed: Iterable[Owed], arriving: Iterator[Owed]) -> None:
        self._waiting = [(one.ready_at, one, True) for one in owed]
        heapify(self._waiting)
        self.size = len(self._waiting)
        self._arriving = arriving
        self._next = next(arriving, None)
        self._oldest: list[tuple[Owed, bool]] = []
        self._fresh: list[tuple[Owed, bool]] = []  # few: those of one hour

    @property
    def ready(self) -> int:
        return len(self._oldest) + len(self._fresh)

    def advance(self, at: datetime) -> datetime:
        """Lets in what is ready by `at`, or by the first instant at which something is; gives that instant."""
        self._let_in(at)
        if not self.ready:
            at = min(one for one in (self._first(), self._next and self._next.ready_at) if one)
            self._let_in(at)
        stale = [one for one in self._fresh if one[0].slot_at <= at - FRESH]
        for one in stale:
            self._fresh.remove(one)
            heappush(self._oldest, one)
        return at

    def take(self, at: datetime) -> tuple[Owed, bool]:
        if self._fresh:
            newest = max(self._fresh)
            self._fresh.remove(newest)
            return newest
        return heappop(self._oldest)

    def _first(self) -> datetime | None:
        return self._waiting[0][0] if self._waiting else None

    def _let_in(self, at: datetime) -> None:
        while self._next is not None and self._next.ready_at <= at:
            self._admit(self._next, at, is_backlog=False)
            self._next = next(self._arriving, None)
        while self._waiting and self._waiting[0][0] <= at:
            _, one, is_backlog = heappop(self._waiting)
            self._admit(one, at, is_backlog=is_backlog)

    def _admit(self, one: Owed, at: datetime, *, is_backlog: bool) -> None:
        if one.slot_at > at - FRESH:
            self._fresh.append((one, is_backlog))
        else:
            heappush(self._oldest, (one, is_backlog))


def drained_at(owed: Sequence[int], *, pause: timedelta, gap: timedelta, now: datetime) -> datetime:
    """When the last of these backlogs can be gone at the earliest. `owed`: how much each work owes, all of it ready.

    A work sends once a `pause`, all works together once a `gap`. No order of sends is quicker than this: of the
    works that owe as much as one does, the last to begin waits a gap for each of the others, and then its own pauses.
    """
    ranked = enumerate(sorted((count for count in owed if count), reverse=True))
    by_work = max(((count - 1) * pause + others * gap for others, count in ranked), default=timedelta(0))
    together = max(sum(owed) - 1, 0) * gap
    return now + max(by_work, together)
