"""What is made of other measurements: of which, and what is left to make."""

from django.db import models
from django.db.models import F, Q


class DerivedInput(models.Model):
    """A point's derived variables need this series, under one of its configurations at least."""

    pk = models.CompositePrimaryKey("input_point", "input_variable", "point_id")
    input_point = models.UUIDField()
    input_variable = models.CharField(max_length=40)
    point_id = models.UUIDField()

    class Meta:
        db_table = "derived_input"
        indexes = [
            # virtual.configs: what a point needed under the configuration it had before.
            models.Index(fields=["point_id"], name="derived_input_of_point"),
        ]

    def __str__(self) -> str:
        return f"{self.point_id} ← {self.input_point} {self.input_variable}"


class DerivedBacklog(models.Model):
    """Inputs of a point's derived variables changed between these times, both included. A row says what is left."""

    point_id = models.UUIDField()
    from_time = models.DateTimeField()
    to_time = models.DateTimeField()
    requested_at = models.DateTimeField()

    class Meta:
        db_table = "derived_backlog"
        constraints = [
            models.CheckConstraint(condition=Q(from_time__lte=F("to_time")), name="derived_backlog_in_order"),
        ]
        indexes = [
            # virtual.backlog: the points that wait, and a point's rows by time.
            models.Index(fields=["point_id", "from_time"], name="derived_backlog_of_point"),
        ]

    def __str__(self) -> str:
        return f"{self.point_id} {self.from_time} … {self.to_time}"


class SeenDerived(models.Model):
    """The configuration that a point's derived variables were made with, to see what a change makes stale."""

    point_id = models.UUIDField(primary_key=True)
    versions = models.JSONField()  # [[version, valid_from, derived part of the configuration], …] as they hold

    class Meta:
        db_table = "derived_seen_config"

    def __str__(self) -> str:
        return str(self.point_id)
