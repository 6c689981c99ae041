"""What the copy of the keys holds."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import F, Q

from shared.db.feeds import cursor_of
from telemetry_service.keys.models import ApiKey, ApiKeySecret, ApiKeyUse
from telemetry_service.points.models import SyncCursor

FEED = "core.keys"


class FoundSecret(NamedTuple):
    """A secret with its key; `ends_at` is the secret's own, `used_at` the last use that is noted."""

    key_id: UUID
    name: str
    sources: list[UUID]
    points: list[UUID]
    expires_at: datetime | None
    revoked_at: datetime | None
    used_at: datetime | None
    ends_at: datetime | None
    hash_key: str
    digest: str


def find_secret(prefix: str) -> FoundSecret | None:
    found = ApiKeySecret.objects.filter(prefix=prefix).values_list(
        "key_id", "key__name", "key__sources", "key__points", "key__expires_at", "key__revoked_at",
        "key__use__used_at", "ends_at", "hash_key", "digest",
    ).first()  # fmt: skip
    return FoundSecret(*found) if found else None


def generation() -> str:
    """Changes whenever a key does."""
    return cursor_of(FEED, cursors=SyncCursor)


def untold_uses(*, limit: int) -> list[tuple[UUID, datetime]]:
    """Uses that Core was not told of, the oldest first."""
    untold = ApiKeyUse.objects.filter(Q(told_at=None) | Q(told_at__lt=F("used_at")))
    return list(untold.order_by("used_at").values_list("key_id", "used_at")[:limit])


def ending_keys(*, until: datetime, used_since: datetime, now: datetime) -> list[tuple[str, datetime]]:
    """Names and ends of the keys that end from `now` to `until` and were used since `used_since`."""
    ending = ApiKey.objects.filter(
        revoked_at=None, expires_at__gt=now, expires_at__lte=until, use__used_at__gte=used_since
    )
    return [(name, at) for name, at in ending.order_by("expires_at").values_list("name", "expires_at") if at]
