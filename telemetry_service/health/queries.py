"""Reads of what is kept of devices."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from telemetry_service.health.changes import State
from telemetry_service.health.condition import Condition
from telemetry_service.health.drift import Clock
from telemetry_service.health.models import DeviceHealth, HealthLimits, HealthMove
from telemetry_service.points.models import Point

FIELDS = ("condition", "since", "stale", "clock", "clock_by_s", "clock_since", "battery_low", "battery_since")


@dataclass(frozen=True, slots=True)
class DevicesWanted:
    """Of these points and sources (None: all), in one of these conditions (empty: in any)."""

    points: Collection[UUID] | None
    sources: Collection[UUID] | None = None
    conditions: Collection[str] = ()


def known_states(source_ids: Collection[UUID] | None = None) -> dict[UUID, State]:
    rows = DeviceHealth.objects.all()
    if source_ids is not None:
        rows = rows.filter(source_id__in=source_ids)
    return {source_id: _state(values) for source_id, *values in rows.values_list("source_id", *FIELDS)}


def devices_page(wanted: DevicesWanted, *, after: UUID | None, limit: int) -> list[UUID]:
    """Sources by id."""
    rows = DeviceHealth.objects.order_by("source_id")
    if wanted.points is not None:
        rows = rows.filter(source__point_id__in=wanted.points)
    if wanted.sources is not None:
        rows = rows.filter(source_id__in=wanted.sources)
    if wanted.conditions:
        rows = rows.filter(condition__in=wanted.conditions)
    if after:
        rows = rows.filter(source_id__gt=after)
    return list(rows.values_list("source_id", flat=True)[:limit])


def points_page(points: Collection[UUID] | None, *, after: UUID | None, limit: int) -> dict[UUID, list[UUID]]:
    """Points that have devices, by id, with their sources."""
    found = Point.objects.filter(deleted=False, sources__devicehealth__isnull=False).order_by("id")
    if points is not None:
        found = found.filter(id__in=points)
    if after:
        found = found.filter(id__gt=after)
    ids = list(found.values_list("id", flat=True).distinct()[:limit])
    sources: dict[UUID, list[UUID]] = {point_id: [] for point_id in ids}
    rows = DeviceHealth.objects.filter(source__point_id__in=ids).order_by("source_id")
    for point_id, source_id in rows.values_list("source__point_id", "source_id"):
        sources[point_id].append(source_id)
    return sources


def moves_page(source_id: UUID, *, after: tuple[datetime, int] | None, limit: int) -> list[HealthMove]:
    """The newest first."""
    moves = HealthMove.objects.filter(source_id=source_id).order_by("-at", "-id")
    if after:
        at, move_id = after
        moves = moves.filter(Q(at__lt=at) | Q(at=at, id__lt=move_id))
    return list(moves[:limit])


def all_limits(points: Collection[UUID] | None) -> list[HealthLimits]:
    """Those of all first, then of single sources."""
    limits = HealthLimits.objects.order_by("source_id")
    if points is not None:
        limits = limits.filter(Q(source=None) | Q(source__point_id__in=points))
    return sorted(limits, key=lambda one: str(one.source_id or ""))


def _state(values: list[Any]) -> State:
    condition, since, stale, clock, *rest = values
    return State(Condition(condition), since, tuple(stale), Clock(clock), *rest)
