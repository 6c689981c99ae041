"""Keeps the copy of the points in step with Core's change feed."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol
from uuid import UUID

from compliance_service.points.models import Point, SyncCursor
from shared.clients.feed import FeedPage
from shared.db.feeds import follow

FEED = "core.points"


class PointChange(Protocol):
    """What is needed of a change of the feed; `clients.core` gives it, and neither knows the other."""

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


def sync_points(*, read: Callable[[str], FeedPage[PointChange]], now: datetime) -> int:
    """Applies what changed since our cursor; says how many."""
    return follow(FEED, cursors=SyncCursor, read=read, apply=_apply, now=now)


def _apply(change: PointChange) -> None:
    fields = {"code": change.code, "name": change.name, "deleted": change.deleted, "updated_at": change.updated_at}
    Point.objects.update_or_create(id=change.id, defaults=fields)
