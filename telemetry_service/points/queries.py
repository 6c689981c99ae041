"""What Telemetry knows of the points, where they lie, and which configuration held when."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from shared.db.replica import reader
from telemetry_service.points.geometry import Area, box_of, holds
from telemetry_service.points.models import Point, PointConfig


@dataclass(frozen=True, slots=True)
class ConfigVersion:
    """`config` holds from `valid_from` (None: always) until the next version's `valid_from`."""

    version: int
    valid_from: datetime | None
    config: dict[str, Any]


def config_versions(point_id: UUID) -> list[ConfigVersion]:
    """By the time from which they hold; of two from the same time the higher version is last, and wins."""
    kept = PointConfig.objects.using(reader().alias).filter(point_id=point_id)
    rows = kept.values_list("version", "valid_from", "config")
    return sorted((ConfigVersion(*row) for row in rows), key=_order)


# For whoever asks for more of the point in the same statement; `versions_of` reads it.
VERSIONS_TEXT = """
(SELECT json_agg(json_build_array(version, valid_from, config) ORDER BY valid_from NULLS FIRST, version)::text
   FROM point_config WHERE point_id = %(point)s)
"""


def versions_of(text: str | None) -> list[ConfigVersion]:
    """As `config_versions`."""
    return [
        ConfigVersion(version, datetime.fromisoformat(since) if since else None, config)
        for version, since, config in json.loads(text or "[]")
    ]


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


@dataclass(frozen=True, slots=True)
class Place:
    """A point and where it lies: degrees of WGS84 and metres above the sea, None where Core did not say."""

    id: UUID
    code: str
    name: str
    point_type: str
    status: str
    latitude: float | None
    longitude: float | None
    altitude: float | None


PLACE = ("id", "code", "name", "point_type", "status", "latitude", "longitude", "altitude")


def places(*, points: Collection[UUID] | None, area: Area | None) -> list[Place]:
    """By id. Of these points (None: all), those that are not deleted and lie in the area."""
    found = _of(points)
    if area is None:
        return [Place(*row) for row in found.order_by("id").values_list(*PLACE)]
    inside = (Place(*row) for row in found.filter(_inside_box(area)).order_by("id").values_list(*PLACE))
    return [one for one in inside if _lies_in(area, one.latitude, one.longitude)]


def point_ids(*, points: Collection[UUID] | None, area: Area | None) -> list[UUID]:
    """As `places`, their ids alone."""
    found = _of(points)
    if area is None:
        return list(found.order_by("id").values_list("id", flat=True))
    inside = found.filter(_inside_box(area)).order_by("id").values_list("id", "latitude", "longitude")
    return [point_id for point_id, *degrees in inside if _lies_in(area, *degrees)]


def _of(points: Collection[UUID] | None) -> Any:
    found = Point.objects.filter(deleted=False)
    return found if points is None else found.filter(id__in=points)


def _inside_box(area: Area) -> Q:
    box = box_of(area)
    spans = Q()
    for west, east in box.spans:
        spans |= Q(longitude__range=(west, east))
    return Q(latitude__range=(box.south, box.north)) & spans


def _lies_in(area: Area, latitude: float | None, longitude: float | None) -> bool:
    return latitude is not None and longitude is not None and holds(area, latitude, longitude)


def _order(version: ConfigVersion) -> tuple[bool, float, int]:
    valid_from = version.valid_from
    return (valid_from is not None, valid_from.timestamp() if valid_from else 0.0, version.version)
