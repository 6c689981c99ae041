"""Reads of sources, and of the points that have one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, Q

from shared.errors import NotFound
from telemetry_service.points.models import Point
from telemetry_service.sources.models import Source, SourceMove, State


@dataclass(frozen=True, slots=True)
class ActivePoint:
    id: UUID
    code: str
    name: str
    sources: int
    last_device_time: datetime | None


def get_source(source_id: UUID, *, points: Collection[UUID] | None) -> Source:
    """A source of these points (None: of any), with its account. NotFound otherwise."""
    found = Source.objects.select_related("provider").filter(id=source_id).first()
    if found is None or (points is not None and found.point_id not in points):
        raise NotFound("No existe esa fuente.")
    return found


def moves_of(source_id: UUID) -> list[SourceMove]:
    """Who activated, stopped and resumed it, the newest first."""
    return list(SourceMove.objects.filter(source_id=source_id).order_by("-at", "-id")[:50])


def sources_page(*, points: Collection[UUID] | None, after: tuple[datetime, UUID] | None, limit: int) -> list[Source]:
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
