"""Alerts as they are shown."""

from typing import Any

from telemetry_service.alerts.conditions.faults import remedy_of
from telemetry_service.alerts.kinds import TERMS, Kind, Severity
from telemetry_service.alerts.models import Alert, AlertMove
from telemetry_service.alerts.states import AlertState, Cause
from telemetry_service.measurements.fields import iso


def shown(alert: Alert) -> dict[str, Any]:
    """`seen`: what the last look showed; null once it is gone. `remedy`: what confirms a finding, entered in Core."""
    kind = Kind(alert.kind)
    sign = getattr(alert, "sign", None)
    return {
        "id": alert.id,
        "point": str(alert.point_id),
        "variable": alert.variable,
        "kind": kind,
        "kind_label": kind.label,
        "severity": alert.severity,
        "severity_label": Severity(alert.severity).label,
        "state": alert.state,
        "state_label": AlertState(alert.state).label,
        "since": iso(alert.since),
        "says": alert.says,
        "evidence": alert.evidence,
        "opened_at": iso(alert.opened_at),
        "acknowledged_at": alert.acknowledged_at and iso(alert.acknowledged_at),
        "acknowledged_by": alert.acknowledged_by,
        "closed_at": alert.closed_at and iso(alert.closed_at),
        "closed_by": alert.closed_by,
        "seen": sign and {"at": iso(sign.last_seen_at), "says": sign.says, "evidence": sign.evidence},
        "remedy": None if alert.evidence.get("confirmed") else remedy_of(kind, alert.since),
    }


def shown_move(move: AlertMove) -> dict[str, Any]:
    return {
        "before": move.before,
        "after": move.after,
        "cause": move.cause,
        "cause_label": Cause(move.cause).label,
        "note": move.note,
        "by": move.moved_by,
        "at": iso(move.moved_at),
        "mailed_at": move.digest.sent_at and iso(move.digest.sent_at) if move.digest else None,
    }


def shown_kinds() -> list[dict[str, Any]]:
    return [
        {
            "kind": kind,
            "label": kind.label,
            "family": terms.family,
            "severity": terms.severity,
            "severity_label": terms.severity.label,
            "raise_after_s": round(terms.raise_after.total_seconds()),
            "clear_after_s": round(terms.clear_after.total_seconds()),
        }
        for kind, terms in TERMS.items()
    ]
