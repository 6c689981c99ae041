"""Gaps and days as they are shown."""

from typing import Any

from telemetry_service.gaps.models import Gap, GapMove, Rhythm
from telemetry_service.gaps.queries import DayRow
from telemetry_service.gaps.states import Cause, GapState, Kind
from telemetry_service.measurements.fields import iso


def shown_day(row: DayRow) -> dict[str, Any]:
    """The percentage is rounded down: 100 means that nothing is missing."""
    expected = row.received + row.missing
    return {
        "point": str(row.point_id),
        "source": str(row.source_id),
        "key": row.key,
        "variable": row.variable,
        "day": row.day.isoformat(),
        "expected": expected,
        "received": row.received,
        "percent": 10_000 * row.received // expected / 100,
        "longest_gap_s": row.longest_gap_s,
    }


def shown(gap: Gap) -> dict[str, Any]:
    """`from` and `to` are the readings at its ends: what is missing lies strictly between them."""
    return {
        "id": gap.id,
        "point": str(gap.source.point_id),
        "source": str(gap.source_id),
        "key": gap.key,
        "kind": gap.kind,
        "kind_label": Kind(gap.kind).label,
        "from": iso(gap.from_time),
        "to": gap.to_time and iso(gap.to_time),
        "missing": gap.missing,
        "cadence_s": gap.cadence_s,
        "state": gap.state,
        "state_label": GapState(gap.state).label,
        "cause": gap.cause,
        "cause_label": Cause(gap.cause).label,
        "tries": gap.tries,
        "last_searched_at": gap.last_searched_at and iso(gap.last_searched_at),
        "next_try_at": gap.next_try_at and iso(gap.next_try_at),
        "opened_at": iso(gap.opened_at),
        "opened_by": gap.opened_by,
        "settled_at": gap.settled_at and iso(gap.settled_at),
    }


def shown_move(move: GapMove) -> dict[str, Any]:
    return {
        "before": move.before,
        "after": move.after,
        "cause": move.cause,
        "cause_label": Cause(move.cause).label,
        "note": move.note,
        "by": move.moved_by,
        "at": iso(move.moved_at),
    }


def shown_rhythm(rhythm: Rhythm) -> dict[str, Any]:
    return {
        "source": str(rhythm.source_id),
        "from": iso(rhythm.valid_from),
        "cadence_s": rhythm.cadence_s,
        "tolerance_pct": rhythm.tolerance_pct,
        "said_by": rhythm.said_by,
        "said_at": iso(rhythm.said_at),
    }
