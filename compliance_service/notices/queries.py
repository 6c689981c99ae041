from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from compliance_service.notices.models import Notice
from compliance_service.obligations.models import ComplianceConfig


def page(
    *,
    points: Collection[UUID] | None,
    is_delivered: bool | None,
    kind: str,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Notice]:
    """The newest draft first. `points` None means all."""
    rows = Notice.objects.select_related("config").order_by("-drafted_at", "-id")
    if points is not None:
        rows = rows.filter(config__point_id__in=points)
    if is_delivered is not None:
        rows = rows.filter(delivered_at__isnull=not is_delivered)
    if kind:
        rows = rows.filter(kind=kind)
    if after:
        at, notice_id = after
        rows = rows.filter(Q(drafted_at__lt=at) | Q(drafted_at=at, id__lt=notice_id))
    return list(rows[:limit])


def one(notice_id: UUID) -> Notice | None:
    return Notice.objects.select_related("config").filter(id=notice_id).first()


def whole_config(config_id: UUID) -> ComplianceConfig:
    """With its source and point."""
    return ComplianceConfig.objects.select_related("source", "point").get(id=config_id)
