"""The local copy of Core's points: Telemetry goes on with it when Core is away."""

from django.db import models
from django.db.models import Q

from shared.db.feeds import FeedCursor


class Point(models.Model):
    id = models.UUIDField(primary_key=True)
    code = models.CharField(max_length=100)
    name = models.CharField(max_length=200)
    point_type = models.CharField(max_length=20)
    status = models.CharField(max_length=20)
    sampling_frequency = models.IntegerField(null=True)
    deleted = models.BooleanField(default=False)
    updated_at = models.DateTimeField()  # Core's, the order of the change feed
    latitude = models.FloatField(null=True)  # degrees of WGS84, south negative; NULL until Core's feed said it
    longitude = models.FloatField(null=True)  # degrees of WGS84, west negative
    altitude = models.FloatField(null=True)  # m

    class Meta:
        db_table = "point"
        constraints = [
            models.CheckConstraint(
                condition=Q(latitude=None, longitude=None)
                | Q(
                    latitude__isnull=False,
                    longitude__isnull=False,
                    latitude__range=(-90, 90),
                    longitude__range=(-180, 180),
                ),
                name="point_lies_on_earth",
            ),
        ]
        indexes = [
            # points.queries.points_within: the box around what is asked for.
            models.Index(fields=["latitude", "longitude"], name="point_place", condition=Q(deleted=False)),
        ]

    def __str__(self) -> str:
        return self.code


class PointConfig(models.Model):
    """One dated version of a point's configuration: holds from `valid_from` (NULL: always) to the next version's."""

    point = models.ForeignKey(Point, on_delete=models.CASCADE, related_name="configs")
    version = models.IntegerField()
    valid_from = models.DateTimeField(null=True)
    config = models.JSONField(default=dict)

    class Meta:
        db_table = "point_config"
        constraints = [
            models.UniqueConstraint(fields=["point", "version"], name="point_config_version_once"),
            models.CheckConstraint(condition=models.Q(version__gte=1), name="point_config_version_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.point_id} v{self.version}"


class SyncCursor(FeedCursor):
    class Meta:
        db_table = "sync_cursor"
