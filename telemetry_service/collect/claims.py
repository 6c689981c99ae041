"""Who polls what: a lease that two workers cannot both take."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Min, Q
from django.db.models.functions import Greatest

from telemetry_service.sources.models import Source, State

# Longer than any poll takes; what a dead worker held comes back after it.
LEASE = timedelta(minutes=15)


def claim_due(*, now: datetime, limit: int) -> list[Source]:
    """Takes up to `limit` sources that are due, with their accounts, those that waited longest first."""
    free = Q(leased_until=None) | Q(leased_until__lte=now)
    account = Q(provider__is_active=True) & (Q(provider__postponed_until=None) | Q(provider__postponed_until__lte=now))
    due = Source.objects.filter(free, account, state=State.ACTIVE, next_poll_at__lte=now, point__deleted=False)
    with transaction.atomic():
        sources = list(
            due.select_related("provider")
            .order_by("next_poll_at")
            .select_for_update(skip_locked=True, of=("self",))[:limit]
        )
        Source.objects.filter(id__in=[source.id for source in sources]).update(leased_until=now + LEASE)
    for source in sources:
        source.leased_until = now + LEASE
    return sources


def next_due_at() -> datetime | None:
    """When the next source can be asked: due, its account not postponed, nobody at it."""
    active = Source.objects.filter(state=State.ACTIVE, provider__is_active=True, point__deleted=False)
    # PostgreSQL's GREATEST passes over NULL.
    free_at = Greatest("next_poll_at", "leased_until", "provider__postponed_until")
    found: datetime | None = active.aggregate(at=Min(free_at))["at"]
    return found
