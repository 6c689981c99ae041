"""What the copy of the keys holds."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import F, Q

from shared.db.feeds import cursor_of
from shared.db.fields import decrypt
from telemetry_service.keys.models import ApiKey, ApiKeyUse
from telemetry_service.points.models import SyncCursor

FEED = "core.keys"
# Written out: what a stranger may ask for as often as it likes should not be put together anew each time.
FIND = """
    SELECT key.id, key.name, key.sources::text[], key.points::text[],
           key.expires_at, key.revoked_at, used.used_at, secret.ends_at, secret.hash_key, secret.digest
      FROM api_key_secret secret JOIN api_key key ON key.id = secret.key_id
      LEFT JOIN api_key_use used ON used.key_id = key.id
     WHERE secret.prefix = %s
"""


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
    with connection.cursor() as cursor:
        cursor.execute(FIND, [prefix])
        row = cursor.fetchone()
    if row is None:
        return None
    found = FoundSecret(*row)
    return found._replace(sources=_ids(row[2]), points=_ids(row[3]), hash_key=decrypt(found.hash_key))


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


def _ids(texts: list[str]) -> list[UUID]:
    return [UUID(text) for text in texts]
