"""Follows another service's change feed: a copy that is kept in step by cursor, so that nobody waits for its owner."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from django.db import models, transaction

from shared.clients.feed import FeedPage

MOST_PAGES = 100


class FeedCursor(models.Model):
    """Where we are in another service's change feed."""

    feed = models.CharField(max_length=40, primary_key=True)
    cursor = models.TextField(default="")
    synced_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.feed} @ {self.synced_at}"


Change = TypeVar("Change")


def follow(
    feed: str,
    *,
    cursors: type[FeedCursor],
    read: Callable[[str], FeedPage[Change]],
    apply: Callable[[Change], None],
    now: datetime,
) -> int:
    """Applies what changed since our cursor, page by page; says how many changes there were.

    `read` asks the owner for the page after a cursor. A page and the cursor behind it are stored together: a crash
    between two pages repeats nothing and skips nothing.
    """
    changed = 0
    for _ in range(MOST_PAGES):
        cursor = cursor_of(feed, cursors=cursors)
        page = read(cursor)
        with transaction.atomic():
            for change in page.changes:
                apply(change)
            _rows(cursors).update_or_create(feed=feed, defaults={"cursor": page.cursor, "synced_at": now})
        changed += len(page.changes)
        if not page.more or page.cursor == cursor:
            break
    return changed


def cursor_of(feed: str, *, cursors: type[FeedCursor]) -> str:
    """The cursor that was kept; empty before the first page."""
    return _rows(cursors).filter(feed=feed).values_list("cursor", flat=True).first() or ""


def _rows(cursors: type[FeedCursor]) -> models.Manager[FeedCursor]:
    return cursors._default_manager  # noqa: SLF001  # Django's public name for it, underscore and all
