"""How a gap may move from state to state, and the one way to move it: compare-and-set, with a row for each move."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from telemetry_service.gaps.models import Gap, GapMove
from telemetry_service.gaps.states import Cause, GapState

S = GapState
MOVES: Mapping[GapState, frozenset[GapState]] = {
    S.OPEN: frozenset({S.SEARCHING, S.FILLED, S.NO_HISTORY, S.CLOSED}),
    S.SEARCHING: frozenset({S.OPEN, S.FILLED, S.SEARCHED_EMPTY, S.NO_HISTORY, S.GIVEN_UP}),
    S.SEARCHED_EMPTY: frozenset({S.OPEN, S.SEARCHING, S.FILLED, S.NO_HISTORY, S.CLOSED}),
    S.NO_HISTORY: frozenset({S.OPEN, S.FILLED, S.CLOSED}),
    S.GIVEN_UP: frozenset({S.OPEN, S.FILLED, S.CLOSED}),
    S.CLOSED: frozenset({S.OPEN, S.FILLED}),
    S.FILLED: frozenset(),
}


def may_move(before: GapState, after: GapState) -> bool:
    return after in MOVES[before]


def move(
    *,
    ids: Collection[int],
    before: GapState,
    after: GapState,
    cause: Cause,
    now: datetime,
    by: str = "",
    note: str = "",
    **fields: Any,
) -> list[int]:
    """Moves those of `ids` that are still in `before`, sets `fields`, and says which they were. In a transaction."""
    if not may_move(before, after):
        raise ValueError(f"a gap does not move from {before} to {after}")
    there = Gap.objects.filter(id__in=ids, state=before).order_by("id").select_for_update()
    moved = list(there.values_list("id", flat=True))
    next_try_at = fields.setdefault("next_try_at", None)
    rests = next_try_at is None and after not in {S.OPEN, S.SEARCHING}
    Gap.objects.filter(id__in=moved).update(state=after, cause=cause, settled_at=now if rests else None, **fields)
    GapMove.objects.bulk_create(
        GapMove(gap_id=gap_id, before=before, after=after, cause=cause, note=note, moved_by=by, moved_at=now)
        for gap_id in moved
    )
    return moved
