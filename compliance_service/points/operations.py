"""Keeps the copy of the points in step with Core's change feed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from compliance_service.points.models import Point, SyncCursor
from shared.db.feeds import follow

FEED = "core.points"


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
    """Applies what changed since our cursor; says how many."""
    return follow(FEED, cursors=SyncCursor, read=read, apply=_apply_page, now=now)


def _apply_page(page: Changes) -> int:
    for point in page.points:
        _apply(point)
    return len(page.points)


def _apply(change: PointChange) -> None:
    fields = {"code": change.code, "name": change.name, "deleted": change.deleted, "updated_at": change.updated_at}
    Point.objects.update_or_create(id=change.id, defaults=fields)
