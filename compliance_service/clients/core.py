"""What Compliance asks of Core: which points changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from shared.clients.feed import FeedPage, read_feed
from shared.clients.service_client import ServiceClient, client_for

CHANGES = "/api/core/points/changes/"


@dataclass(frozen=True, slots=True)
class PointChange:
    id: UUID
    code: str
    name: str
    deleted: bool
    updated_at: datetime


def core() -> ServiceClient:
    return client_for("core", settings.CORE_URL)


def point_changes(client: ServiceClient, *, cursor: str, limit: int = 500) -> FeedPage[PointChange]:
    return read_feed(client, CHANGES, cursor=cursor, limit=limit, read=_point, what="puntos")


def _point(item: Mapping[str, Any]) -> PointChange:
    updated_at = datetime.fromisoformat(item["updated_at"])
    return PointChange(UUID(item["id"]), item["code"], item["name"], bool(item["deleted"]), updated_at)
