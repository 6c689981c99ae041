"""The one way in which alerts move: compare-and-set, with a row for each move."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from telemetry_service.alerts.models import Alert, AlertMove
from telemetry_service.alerts.states import MOVES, AlertState, Cause


def may_move(before: AlertState, after: AlertState) -> bool:
    return after in MOVES[before]


def move(
    *,
    ids: Collection[int],
    before: AlertState,
    after: AlertState,
    cause: Cause,
    now: datetime,
    by: str = "",
    note: str = "",
) -> list[int]:
    """Moves those of `ids` that are still in `before`, and says which they were. In a transaction."""
    if not may_move(before, after):
        raise ValueError(f"an alert does not move from {before} to {after}")
    there = Alert.objects.filter(id__in=ids, state=before).order_by("id").select_for_update()
    moved = list(there.values_list("id", flat=True))
    Alert.objects.filter(id__in=moved).update(state=after, **_fields(after, by, now))
    AlertMove.objects.bulk_create(
        AlertMove(alert_id=alert_id, before=before, after=after, cause=cause, note=note, moved_by=by, moved_at=now)
        for alert_id in moved
    )
    return moved


def _fields(after: AlertState, by: str, now: datetime) -> dict[str, Any]:
    if after is AlertState.ACKNOWLEDGED:
        return {"acknowledged_at": now, "acknowledged_by": by}
    return {"closed_at": now, "closed_by": by}
