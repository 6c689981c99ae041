"""What is known of a point: one number, its quality and the reasons, for each variable and device time."""

from django.db import models
from django.db.models import F, Q


class Variable(models.Model):
    """What a code means. `lowest` and `highest` are physical limits for whoever draws a scale; rules have their own."""

    code = models.CharField(max_length=40, primary_key=True)
    name = models.CharField(max_length=100)  # Spanish, for people
    unit = models.CharField(max_length=20)
    lowest = models.FloatField(null=True)
    highest = models.FloatField(null=True)

    class Meta:
        db_table = "variable"
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="variable_code_said"),
            models.CheckConstraint(
                condition=Q(lowest=None) | Q(highest=None) | Q(lowest__lt=F("highest")), name="variable_limits_in_order"
            ),
        ]

    def __str__(self) -> str:
        return self.code


class Measurement(models.Model):
    """Partitioned by month of device time, without foreign keys. `known_since` is when it took its present value.

    `meter_from` is when the meter that was read was installed; NULL is the point's first.
    """

    pk = models.CompositePrimaryKey("point_id", "variable", "time")
    point_id = models.UUIDField()
    variable = models.CharField(max_length=40)
    time = models.DateTimeField()
    value = models.FloatField(null=True)
    value_text = models.TextField(null=True)  # noqa: DJ001 a number has no text, not an empty one
    value_bool = models.BooleanField(null=True)
    quality = models.SmallIntegerField()
    reasons = models.BigIntegerField()
    source_id = models.UUIDField()
    config_version = models.IntegerField(null=True)
    meter_from = models.DateTimeField(null=True)
    known_since = models.DateTimeField()

    class Meta:
        managed = False  # Django cannot make a partitioned table; the migration does
        db_table = "measurement"

    def __str__(self) -> str:
        return f"{self.variable} {self.time:%Y-%m-%dT%H:%M:%SZ} {self.value}"
