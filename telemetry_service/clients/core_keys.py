"""What Telemetry asks of Core about API keys: which changed; and what it tells: which were used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.clients.feed import FeedPage, read_feed
from shared.clients.service_client import ServiceClient
from telemetry_service.clients.core import read_instant

CHANGES, USES = "/api/core/keys/changes/", "/api/core/keys/uses/"


@dataclass(frozen=True, slots=True)
class SecretChange:
    prefix: str
    digest: str
    hash_key: str = field(repr=False)
    ends_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeyChange:
    id: UUID
    name: str
    sources: tuple[UUID, ...]
    points: tuple[UUID, ...]
    expires_at: datetime | None
    revoked_at: datetime | None
    updated_at: datetime
    secrets: tuple[SecretChange, ...]


def key_changes(client: ServiceClient, *, cursor: str, limit: int = 500) -> FeedPage[KeyChange]:
    return read_feed(client, CHANGES, cursor=cursor, limit=limit, read=_key, what="claves")


def tell_uses(client: ServiceClient, uses: Sequence[tuple[UUID, datetime]]) -> None:
    """Raises an OutsideError."""
    client.post(USES, {"uses": [{"key": str(key_id), "used_at": at.isoformat()} for key_id, at in uses]})


def _key(item: Mapping[str, Any]) -> KeyChange:
    return KeyChange(
        id=UUID(item["id"]),
        name=item["name"],
        sources=tuple(UUID(one) for one in item["sources"]),
        points=tuple(UUID(one) for one in item["points"]),
        expires_at=_or_none(item["expires_at"]),
        revoked_at=_or_none(item["revoked_at"]),
        updated_at=read_instant(item["updated_at"]),
        secrets=tuple(_secret(one) for one in item["secrets"]),
    )


def _secret(item: Mapping[str, Any]) -> SecretChange:
    bytes.fromhex(item["hash_key"])
    return SecretChange(item["prefix"], item["digest"], item["hash_key"], _or_none(item["ends_at"]))


def _or_none(text: str | None) -> datetime | None:
    return None if text is None else read_instant(text)
