"""Keeps the copy of the keys in step with Core's change feed, and tells Core which were used."""

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from shared.clients.feed import FeedPage
from shared.db.feeds import follow
from telemetry_service.keys.changes import KeyChange
from telemetry_service.keys.models import ApiKey, ApiKeySecret
from telemetry_service.keys.queries import FEED, untold_uses
from telemetry_service.points.models import SyncCursor

MOST_TOLD = 1000
TOLD = """
    UPDATE api_key_use SET told_at = told.at FROM unnest(%s::uuid[], %s::timestamptz[]) told(id, at)
    WHERE key_id = told.id
"""


def sync_keys(*, read: Callable[[str], FeedPage[KeyChange]], now: datetime) -> int:
    """Applies what changed since our cursor; says how many keys changed. `read` asks Core for the page after it."""
    return follow(FEED, cursors=SyncCursor, read=read, apply=_apply, now=now)


def tell_uses(*, tell: Callable[[Sequence[tuple[UUID, datetime]]], None]) -> int:
    """Tells Core of the uses it does not know of; says how many. Told twice does no harm."""
    uses = untold_uses(limit=MOST_TOLD)
    if uses:
        tell(uses)
        with connection.cursor() as cursor:
            cursor.execute(TOLD, [[str(key_id) for key_id, _ in uses], [at for _, at in uses]])
    return len(uses)


def _apply(change: KeyChange) -> None:
    fields = {
        "name": change.name,
        "sources": list(change.sources),
        "points": list(change.points),
        "expires_at": change.expires_at,
        "revoked_at": change.revoked_at,
        "updated_at": change.updated_at,
    }
    ApiKey.objects.update_or_create(id=change.id, defaults=fields)
    ApiKeySecret.objects.filter(key_id=change.id).exclude(prefix__in=[one.prefix for one in change.secrets]).delete()
    ApiKeySecret.objects.bulk_create(
        [
            ApiKeySecret(
                prefix=one.prefix, key_id=change.id, digest=one.digest, hash_key=one.hash_key, ends_at=one.ends_at
            )
            for one in change.secrets
        ],
        update_conflicts=True,
        unique_fields=["prefix"],
        update_fields=["key", "digest", "hash_key", "ends_at"],
    )
