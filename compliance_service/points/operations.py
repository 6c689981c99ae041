"""Keeps the copy of the points in step with Core's change feed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.db import transaction

from compliance_service.points.models import Point, SyncCursor

FEED = "core.points"
MOST_PAGES = 100


class PointChange(Protocol):
    @property
    def id(self) -> UUID: ...
    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def deleted(self) -> bool: ...
    @property
    def updated_at(self) -> datetime: ...


class Changes(Protocol):
    """What a page of the feed must offer; `clients.core` gives it, and neither knows the other."""

    @property
    def points(self) -> Sequence[PointChange]: ...
    @property
    def cursor(self) -> str: ...
    @property
    def more(self) -> bool: ...


def sync_points(*, read: Callable[[str], Changes], now: datetime) -> int:
    """Applies what changed since our cursor; says how many. A page and its cursor are stored together."""
    changed = 0
    for _ in range(MOST_PAGES):
        row = SyncCursor.objects.filter(feed=FEED).first()
        cursor = row.cursor if row else ""
        page = read(cursor)
        with transaction.atomic():
            for point in page.points:
                _apply(point)
            SyncCursor.objects.update_or_create(feed=FEED, defaults={"cursor": page.cursor, "synced_at": now})
        changed += len(page.points)
        if not page.more or page.cursor == cursor:
            break
    return changed


def _apply(change: PointChange) -> None:
    fields = {"code": change.code, "name": change.name, "deleted": change.deleted, "updated_at": change.updated_at}
    Point.objects.update_or_create(id=change.id, defaults=fields)
