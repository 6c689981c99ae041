"""Keeps the copy of the points in step with Core's change feed."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from telemetry_service.points.changes import Changes, PointChange
from telemetry_service.points.models import Point, PointConfig, SyncCursor

FEED = "core.points"
MOST_PAGES = 100


def sync_points(*, read: Callable[[str], Changes], now: datetime) -> int:
    """Applies what changed since our cursor, page by page; says how many points changed.

    `read` asks Core for the page after a cursor. A page and the cursor behind it are stored together: a crash
    between two pages repeats nothing and skips nothing.
    """
    changed = 0
    for _ in range(MOST_PAGES):
        cursor = _cursor()
        page = read(cursor)
        with transaction.atomic():
            for point in page.points:
                _apply(point)
            SyncCursor.objects.update_or_create(feed=FEED, defaults={"cursor": page.cursor, "synced_at": now})
        changed += len(page.points)
        if not page.more or page.cursor == cursor:
            break
    return changed


def _cursor() -> str:
    row = SyncCursor.objects.filter(feed=FEED).first()
    return row.cursor if row else ""


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
