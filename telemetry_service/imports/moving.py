"""A move from one state to the next: compare-and-set, and a row that says who, when and why."""

from datetime import datetime
from typing import Any

from shared.errors import Conflict
from telemetry_service.imports.models import Import, Move
from telemetry_service.imports.states import MOVES, State


def move(batch: Import, after: State, *, actor: str, now: datetime, why: str = "", **changes: Any) -> bool:
    """Inside a transaction. False if another was first; raises Conflict where the table does not know the move.

    `changes` are made with it. The batch in hand is brought up to date.
    """
    before = State(batch.state)
    if before not in MOVES[after]:
        raise Conflict(f"La carga está «{before.label}»: no puede pasar a «{after.label}».")
    here = Import.objects.filter(id=batch.id, state=before)
    if not here.update(state=after, moved_at=now, **changes):
        return False
    Move.objects.create(batch=batch, before=before, after=after, moved_by=actor, moved_at=now, note=why)
    batch.refresh_from_db()
    return True
