"""The local copy of Core's points: duties go on with it when Core is away."""

from django.db import models


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


class SyncCursor(models.Model):
    """Where we are in another service's change feed."""

    feed = models.CharField(max_length=40, primary_key=True)
    cursor = models.TextField(default="")
    synced_at = models.DateTimeField()

    class Meta:
        db_table = "sync_cursor"

    def __str__(self) -> str:
        return f"{self.feed} @ {self.synced_at}"
