"""What Telemetry knows of the points, and which configuration held when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from telemetry_service.points.models import Point, PointConfig


@dataclass(frozen=True, slots=True)
class ConfigVersion:
    """`config` holds from `valid_from` (None: always) until the next version's `valid_from`."""

    version: int
    valid_from: datetime | None
    config: dict[str, Any]


def config_versions(point_id: UUID) -> list[ConfigVersion]:
    """By the time from which they hold; of two from the same time the higher version is last, and wins."""
    rows = PointConfig.objects.filter(point_id=point_id).values_list("version", "valid_from", "config")
    return sorted((ConfigVersion(*row) for row in rows), key=_order)


def config_at(point_id: UUID, at: datetime) -> ConfigVersion | None:
    """The version that held at the instant `at`; None where nothing is configured."""
    return version_at(config_versions(point_id), at)


def version_at(versions: Sequence[ConfigVersion], at: datetime) -> ConfigVersion | None:
    """As `config_at`, from versions in the order of `config_versions`."""
    found = None
    for version in versions:
        if version.valid_from is None or version.valid_from <= at:
            found = version
    return found


def known_points(point_ids: Sequence[UUID] | None = None) -> dict[UUID, Point]:
    """Points that exist and are not deleted, by id."""
    points = Point.objects.filter(deleted=False)
    if point_ids is not None:
        points = points.filter(id__in=point_ids)
    return {point.id: point for point in points}


def _order(version: ConfigVersion) -> tuple[bool, float, int]:
    valid_from = version.valid_from
    return (valid_from is not None, valid_from.timestamp() if valid_from else 0.0, version.version)
