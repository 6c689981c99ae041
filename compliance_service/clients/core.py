"""What Compliance asks of Core: which points changed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings

from shared.clients.service_client import ServiceClient, client_for
from shared.errors import BadAnswer

CHANGES = "/api/core/points/changes/"


@dataclass(frozen=True, slots=True)
class PointChange:
    id: UUID
    code: str
    name: str
    deleted: bool
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of the feed; `cursor` is to be kept and given back, `more` says that another page waits."""

    points: tuple[PointChange, ...]
    cursor: str
    more: bool


def core() -> ServiceClient:
    return client_for("core", settings.CORE_URL)


def point_changes(client: ServiceClient, *, cursor: str, limit: int = 500) -> Changes:
    body = client.get(CHANGES, {"cursor": cursor, "limit": limit} if cursor else {"limit": limit})
    try:
        return Changes(tuple(_point(item) for item in body["results"]), str(body["next"] or ""), bool(body["more"]))
    except (KeyError, TypeError, ValueError) as error:
        raise BadAnswer(f"core respondió una lista de cambios ilegible ({type(error).__name__}: {error})") from error


def _point(item: Mapping[str, Any]) -> PointChange:
    updated_at = datetime.fromisoformat(item["updated_at"])
    return PointChange(UUID(item["id"]), item["code"], item["name"], bool(item["deleted"]), updated_at)
