"""Reads of receipts as the regulator confirmed them, and of what was found wrong."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from compliance_service.authorities.registry import AUTHORITIES
from compliance_service.receipts.models import Incident, ReadBack, Receipt


def incidents_page(
    *, points: Collection[UUID] | None, is_open: bool | None, after: tuple[datetime, int] | None, limit: int
) -> list[Incident]:
    """The newest first. `points` None means all."""
    rows = Incident.objects.select_related("receipt__submission__config", "read_back").order_by("-opened_at", "-id")
    if points is not None:
        rows = rows.filter(receipt__submission__config__point_id__in=points)
    if is_open is not None:
        rows = rows.filter(closed_at__isnull=is_open)
    if after:
        at, incident_id = after
        rows = rows.filter(Q(opened_at__lt=at) | Q(opened_at=at, id__lt=incident_id))
    return list(rows[:limit])


def read_backs_of(submission_id: UUID) -> list[ReadBack]:
    return list(ReadBack.objects.filter(receipt__submission_id=submission_id).order_by("at", "id"))


def verification(*, points: Collection[UUID] | None) -> dict[str, int]:
    """How many receipts were last read back with which verdict; "" is not yet, "cannot" where nobody can be asked."""
    rows = Receipt.objects.order_by()
    if points is not None:
        rows = rows.filter(submission__config__point_id__in=points)
    readable = Q(source_id__in=[code for code, authority in AUTHORITIES.items() if authority.reads_back])
    counts = dict(rows.filter(readable).values_list("verdict").annotate(count=Count("id")))
    return {**counts, "cannot": rows.exclude(readable).count()}
