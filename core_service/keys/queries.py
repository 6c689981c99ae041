"""Keys as somebody may see them."""

from collections.abc import Collection
from datetime import datetime
from typing import Literal
from uuid import UUID

from django.db.models import Q, QuerySet

from core_service.catchment.models import CatchmentPoint
from core_service.keys.models import ApiKey
from shared.errors import NotFound

State = Literal["active", "expired", "revoked"]


def keys_within(points: Collection[UUID] | None) -> QuerySet[ApiKey]:
    """Keys for these points alone; None: all keys. A key that names sources reaches beyond any list of points."""
    if points is None:
        return ApiKey.objects.all()
    return ApiKey.objects.filter(points__contained_by=list(points), sources=[])


def find_key(*, key_id: UUID, points: Collection[UUID] | None) -> ApiKey:
    """With its secrets and its history. Raises NotFound alike for one that is not there and for another's."""
    key = keys_within(points).prefetch_related("secrets", "events").filter(id=key_id).first()
    if key is None:
        raise not_there(key_id)
    return key


def page_of_keys(*, points: Collection[UUID] | None, after: tuple[datetime, UUID] | None, limit: int) -> list[ApiKey]:
    """`limit + 1` keys, the newest first."""
    keys = keys_within(points).order_by("-created_at", "-id")
    if after is not None:
        at, key_id = after
        keys = keys.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=key_id))
    return list(keys.prefetch_related("secrets")[: limit + 1])


def missing_points(wanted: Collection[UUID], *, points: Collection[UUID] | None) -> list[UUID]:
    """Of the points `wanted`, those that are not there or are not among `points` (None: all)."""
    there = CatchmentPoint.objects.filter(id__in=wanted, deleted=False)
    known = set(there.values_list("id", flat=True))
    return [one for one in wanted if one not in known or (points is not None and one not in points)]


def state_of(key: ApiKey, now: datetime) -> State:
    if key.revoked_at is not None:
        return "revoked"
    return "expired" if key.expires_at is not None and key.expires_at <= now else "active"


def not_there(key_id: UUID) -> NotFound:
    return NotFound(f"No hay una clave {key_id} entre las suyas.")
