"""Reads of sources and of how their polls went."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Max, Q

from telemetry_service.collect.models import Attempt, Source, State
from telemetry_service.points.models import Point


@dataclass(frozen=True, slots=True)
class ActivePoint:
    id: UUID
    code: str
    name: str
    sources: int
    last_device_time: datetime | None


@dataclass(frozen=True, slots=True)
class Health:
    """How many sources are read, how many stopped, how many wait for longer than two of their periods."""

    active: int
    stopped: int
    failing: int
    overdue: int


def sources_page(*, points: Collection[UUID] | None, after: tuple[str, str] | None, limit: int) -> list[Source]:
    """Sources by creation, of these points (None: of all)."""
    sources = Source.objects.order_by("created_at", "id")
    if points is not None:
        sources = sources.filter(point_id__in=points)
    if after is not None:
        sources = sources.filter(Q(created_at__gt=after[0]) | Q(created_at=after[0], id__gt=after[1]))
    return list(sources[:limit])


def active_points(*, points: Collection[UUID] | None, after: str, limit: int) -> list[ActivePoint]:
    """Points with a source that is being read, by code."""
    read = Q(sources__state=State.ACTIVE)
    found = Point.objects.filter(read, deleted=False, code__gt=after).annotate(
        count=Count("sources", filter=read), newest=Max("sources__newest_at")
    )
    if points is not None:
        found = found.filter(id__in=points)
    rows = found.order_by("code").values_list("id", "code", "name", "count", "newest")[:limit]
    return [ActivePoint(*row) for row in rows]


def attempts_of(source_id: UUID, *, limit: int = 50) -> list[Attempt]:
    return list(Attempt.objects.filter(source_id=source_id).order_by("-started_at")[:limit])


def health(*, now: datetime) -> Health:
    late = Q(state=State.ACTIVE, next_poll_at__lt=now - timedelta(minutes=10))
    counts = Source.objects.aggregate(
        active=Count("id", filter=Q(state=State.ACTIVE)),
        stopped=Count("id", filter=Q(state=State.STOPPED)),
        failing=Count("id", filter=Q(state=State.ACTIVE, failures__gt=0)),
        overdue=Count("id", filter=late),
    )
    return Health(**counts)
