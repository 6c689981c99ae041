"""Writes what was planned for the gaps of the series that were looked at. In the look's transaction."""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from telemetry_service.gaps.backoff import next_try
from telemetry_service.gaps.days import SECOND, instant
from telemetry_service.gaps.holes import Hole
from telemetry_service.gaps.models import Gap
from telemetry_service.gaps.moves import move
from telemetry_service.gaps.pieces import Known, Plan
from telemetry_service.gaps.reach import NONE, Reach, reaches_of
from telemetry_service.gaps.states import Cause, GapState, Kind

# Readings came where it was said that there are none, or that nobody looks for them any more.
REOPENED = (GapState.SEARCHED_EMPTY, GapState.NO_HISTORY, GapState.GIVEN_UP, GapState.CLOSED)


@dataclass(frozen=True, slots=True)
class Planned:
    """For one series. `times`: its readings in and around what was looked at."""

    source_id: UUID
    key: str
    plan: Plan
    times: Sequence[int]


def write_changes(planned: Sequence[Planned], *, now: datetime) -> None:
    changed = [one for one in planned if one.plan.kept or one.plan.gone or one.plan.fresh]
    if not changed:
        return
    writer = _Writer(now, reaches_of({one.source_id for one in changed if one.plan.kept or one.plan.fresh}))
    for one in changed:
        reach = writer.reaches.get(one.source_id, NONE)
        for known in one.plan.gone:
            writer.move(known, GapState.FILLED, _why_gone(known, one.times))
        for known, hole in one.plan.kept:
            writer.keep(known, hole, reach)
        writer.fresh += [writer.gap(one, hole, parent, reach) for hole, parent in one.plan.fresh]
    writer.close()


@dataclass(slots=True)
class _Writer:
    now: datetime
    reaches: Mapping[UUID, Reach]
    fresh: list[Gap] = field(default_factory=list)
    moves: dict[tuple[GapState, GapState, Cause], list[int]] = field(default_factory=dict)

    def move(self, known: Known, after: GapState, cause: Cause, *, before: GapState | None = None) -> None:
        self.moves.setdefault((before or GapState(known.state), after, cause), []).append(known.id)

    def keep(self, known: Known, hole: Hole, reach: Reach) -> None:
        """A silence that ended is a hole from now on; a gap in which readings came begins anew, smaller."""
        shrank = known.start != hole.start or known.end not in {None, hole.end}
        changed: dict[str, Any] = {"missing": hole.missing, "cadence_s": _seconds(hole)}
        if shrank or known.end is None:
            changed |= {"kind": Kind.HOLE, "from_time": instant(hole.start), "to_time": instant(hole.end)}
            changed |= {"counted_to": None} | ({"tries": 0, "searched_to": None} if shrank else {})
            changed |= self._begin_anew(known, reach.verdict(instant(hole.end), self.now), shrank=shrank)
        elif (known.missing, known.cadence) == (hole.missing, _seconds(hole) * SECOND):
            return
        Gap.objects.filter(id=known.id).update(**changed)

    def _begin_anew(self, known: Known, rests: tuple[GapState, Cause] | None, *, shrank: bool) -> dict[str, Any]:
        """Moves it where it has to move; says what else changes."""
        reopened = shrank and known.state in REOPENED and not (rests and rests[0] == known.state)
        if reopened:
            self.move(known, GapState.OPEN, Cause.ARRIVED)
        if rests and (reopened or known.state == GapState.OPEN):
            self.move(known, *rests, before=GapState.OPEN)
        waits = known.state == GapState.OPEN and not rests
        return {"next_try_at": next_try(0, now=self.now)} if waits else {}

    def gap(self, series: Planned, hole: Hole, parent: Known | None, reach: Reach) -> Gap:
        """A new one. A piece of one that is being searched is being searched with it."""
        state, cause = GapState.OPEN, Cause.ARRIVED if parent else Cause.DETECTED
        if parent and parent.state == GapState.SEARCHING:
            state = GapState.SEARCHING
        elif rests := reach.verdict(instant(hole.end), self.now):
            state, cause = rests
        return Gap(
            source_id=series.source_id,
            key=series.key,
            kind=Kind.HOLE,
            from_time=instant(hole.start),
            to_time=instant(hole.end),
            missing=hole.missing,
            cadence_s=_seconds(hole),
            state=state,
            cause=cause,
            last_searched_at=self.now if state is GapState.SEARCHING else None,
            next_try_at=next_try(0, now=self.now) if state is GapState.OPEN else None,
            opened_at=self.now,
            settled_at=self.now if state is GapState.NO_HISTORY else None,
        )

    def close(self) -> None:
        # What is opened may rest again at once: opened first.
        for (before, after, cause), ids in sorted(self.moves.items(), key=lambda item: item[0][1] != GapState.OPEN):
            again = next_try(0, now=self.now) if after is GapState.OPEN else None
            move(ids=ids, before=before, after=after, cause=cause, now=self.now, next_try_at=again)
        Gap.objects.bulk_create(self.fresh)


def _why_gone(known: Known, times: Sequence[int]) -> Cause:
    end = len(times) if known.end is None else bisect_left(times, known.end)
    if bisect_right(times, known.start) >= end:
        return Cause.RHYTHM
    return Cause.BACKFILLED if known.state == GapState.SEARCHING else Cause.ARRIVED


def _seconds(hole: Hole) -> int:
    return max(round(hole.cadence / SECOND), 1)
