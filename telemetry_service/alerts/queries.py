"""Reads of alerts, and of what is to be looked at."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, Q, QuerySet

from telemetry_service.alerts.kinds import Kind
from telemetry_service.alerts.models import Alert
from telemetry_service.alerts.signs import Key
from telemetry_service.alerts.states import ALIVE


@dataclass(frozen=True, slots=True)
class AlertsWanted:
    """Of these points (None: all); empty is every state, kind, severity or variable. `start <= opened < end`."""

    points: Collection[UUID] | None
    states: Collection[str] = ()
    kinds: Collection[str] = ()
    severities: Collection[str] = ()
    variables: Collection[str] = ()
    start: datetime | None = None
    end: datetime | None = None


def alerts_page(wanted: AlertsWanted, *, after: tuple[datetime, int] | None, limit: int) -> list[Alert]:
    """The newest first, each with its sign where there is one."""
    rows = _of(wanted).select_related("sign").order_by("-opened_at", "-id")
    if after:
        at, alert_id = after
        rows = rows.filter(Q(opened_at__lt=at) | Q(opened_at=at, id__lt=alert_id))
    return list(rows[:limit])


def counts(points: Collection[UUID] | None) -> dict[str, dict[str, int]]:
    """Of what is open or taken: how many by severity and by kind."""
    alive = _of(AlertsWanted(points, states=[state.value for state in ALIVE]))
    return {
        name: dict(alive.order_by(name).values_list(name).annotate(count=Count("id")))
        for name in ("state", "severity", "kind")
    }


# Asked at every look: the ORM takes longer to say it than the database to answer.
PRESENT = "SELECT point_id, variable, kind, alert_id IS NOT NULL FROM alert_sign"
TO_SEARCH = """
SELECT point.id FROM point LEFT JOIN alert_fault_look look ON look.point_id = point.id
 WHERE NOT point.deleted AND (look.looked_at IS NULL OR look.looked_at <= %(before)s)
   AND EXISTS (SELECT FROM raw_series WHERE raw_series.point_id = point.id)
 ORDER BY look.looked_at NULLS FIRST, point.id LIMIT %(limit)s
"""


def present_signs() -> dict[Key, bool]:
    """Every sign that there is at present, with whether there was an alert of it."""
    with connection.cursor() as cursor:
        cursor.execute(PRESENT)
        return {Key(point, variable, Kind(kind)): raised for point, variable, kind, raised in cursor.fetchall()}


def points_to_search(*, before: datetime, limit: int) -> list[UUID]:
    """Those of which anything is read and that were not searched since `before`, the longest ago first."""
    with connection.cursor() as cursor:
        cursor.execute(TO_SEARCH, {"before": before, "limit": limit})
        return [point_id for (point_id,) in cursor.fetchall()]


def _of(wanted: AlertsWanted) -> "QuerySet[Alert]":
    asked = {
        "point_id__in": wanted.points,
        "state__in": wanted.states or None,
        "kind__in": wanted.kinds or None,
        "severity__in": wanted.severities or None,
        "variable__in": wanted.variables or None,
        "opened_at__gte": wanted.start,
        "opened_at__lt": wanted.end,
    }
    return Alert.objects.filter(**{name: value for name, value in asked.items() if value is not None})
