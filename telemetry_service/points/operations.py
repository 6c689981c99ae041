"""Keeps the copy of the points in step with Core's change feed."""

from collections.abc import Callable
from datetime import datetime

from shared.clients.feed import FeedPage
from shared.db.feeds import follow
from telemetry_service.points.changes import PointChange
from telemetry_service.points.models import Point, PointConfig, SyncCursor

FEED = "core.points"


def sync_points(*, read: Callable[[str], FeedPage[PointChange]], now: datetime) -> int:
    """Applies what changed since our cursor; says how many points changed. `read` asks Core for the page after it."""
    return follow(FEED, cursors=SyncCursor, read=read, apply=_apply, now=now)


def _apply(change: PointChange) -> None:
    Point.objects.update_or_create(
        id=change.id,
        defaults={
            "code": change.code,
            "name": change.name,
            "point_type": change.point_type,
            "status": change.status,
            "sampling_frequency": change.sampling_frequency,
            "deleted": change.deleted,
            "updated_at": change.updated_at,
            "latitude": change.latitude,
            "longitude": change.longitude,
            "altitude": change.altitude,
        },
    )
    PointConfig.objects.bulk_create(
        [
            PointConfig(point_id=change.id, version=one.version, valid_from=one.valid_from, config=one.config)
            for one in change.configs
        ],
        update_conflicts=True,
        unique_fields=["point", "version"],
        update_fields=["valid_from", "config"],
    )
