"""Keys as the API shows them: never a text, but once."""

from datetime import datetime
from typing import Any

from core_service.keys.models import ApiKey
from core_service.keys.queries import state_of


def key_body(key: ApiKey, now: datetime) -> dict[str, Any]:
    return {
        "id": key.id,
        "name": key.name,
        "state": state_of(key, now),
        "sources": key.sources,
        "points": key.points,
        "expires_at": key.expires_at,
        "created_at": key.created_at,
        "created_by": key.created_by,
        "updated_at": key.updated_at,
        "updated_by": key.updated_by,
        "revoked_at": key.revoked_at,
        "revoked_by": key.revoked_by,
        "last_used_at": key.last_used_at,
        "secrets": [
            {"prefix": one.prefix, "made_at": one.made_at, "made_by": one.made_by, "ends_at": one.ends_at}
            for one in key.secrets.all()
        ],
    }


def key_detail(key: ApiKey, now: datetime) -> dict[str, Any]:
    """`key_body` and what was done to it, the newest first."""
    events = sorted(key.events.all(), key=lambda event: (event.at, event.pk), reverse=True)
    said = [{"at": one.at, "by": one.by, "what": one.what, "said": one.said} for one in events]
    return key_body(key, now) | {"events": said}


def change_body(key: ApiKey) -> dict[str, Any]:
    """For Telemetry alone: with what it needs to know a secret again, and nothing from which to make one."""
    return {
        "id": key.id,
        "name": key.name,
        "sources": key.sources,
        "points": key.points,
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "updated_at": key.updated_at,
        "secrets": [
            {"prefix": one.prefix, "digest": one.digest, "hash_key": one.hash_key, "ends_at": one.ends_at}
            for one in key.secrets.all()
        ],
    }
