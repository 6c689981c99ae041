"""The local copy of Core's points: duties go on with it when Core is away."""

from django.db import models

from shared.db.feeds import FeedCursor


class Point(models.Model):
    id = models.UUIDField(primary_key=True)
    code = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    deleted = models.BooleanField(default=False)
    updated_at = models.DateTimeField()  # Core's, the order of the change feed

    class Meta:
        db_table = "point"

    def __str__(self) -> str:
        return self.code


class SyncCursor(FeedCursor):
    class Meta:
        db_table = "sync_cursor"
