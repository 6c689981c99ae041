"""Reads of how polls went."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q

from telemetry_service.collect.models import Attempt
from telemetry_service.sources.models import Source, State


@dataclass(frozen=True, slots=True)
class Health:
    """How many sources are read, how many stopped, how many wait for longer than two of their periods."""

    active: int
    stopped: int
    failing: int
    overdue: int


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
