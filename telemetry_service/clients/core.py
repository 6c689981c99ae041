"""What Telemetry asks of Core: which points changed."""

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
class ConfigChange:
    version: int
    valid_from: datetime | None
    config: dict[str, Any]


@dataclass(frozen=True, slots=True)
class PointChange:
    id: UUID
    code: str
    name: str
    point_type: str
    status: str
    sampling_frequency: int | None
    deleted: bool
    configs: tuple[ConfigChange, ...]
    updated_at: datetime
    # WGS84 degrees, and metres above the sea.
    latitude: float | None = None
    longitude: float | None = None
    altitude: float | None = None


def core() -> ServiceClient:
    return client_for("core", settings.CORE_URL)


def point_changes(client: ServiceClient, *, cursor: str, limit: int = 500) -> FeedPage[PointChange]:
    return read_feed(client, CHANGES, cursor=cursor, limit=limit, read=_point, what="puntos")


def _point(item: Mapping[str, Any]) -> PointChange:
    return PointChange(
        id=UUID(item["id"]),
        code=item["code"],
        name=item["name"],
        point_type=item["point_type"],
        status=item["status"],
        sampling_frequency=item["sampling_frequency"],
        deleted=bool(item["deleted"]),
        configs=tuple(_config(one) for one in item["configs"]),
        updated_at=read_instant(item["updated_at"]),
        latitude=_number(item["latitude"]),
        longitude=_number(item["longitude"]),
        altitude=_number(item["altitude"]),
    )


def _config(item: Mapping[str, Any]) -> ConfigChange:
    valid_from = None if item["valid_from"] is None else read_instant(item["valid_from"])
    return ConfigChange(int(item["version"]), valid_from, dict(item["config"]))


def _number(text: str | None) -> float | None:
    return None if text is None else float(text)


def read_instant(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(f"{text} has no zone")
    return at
