"""What may be drawn, by whom it is drawn, and how much was."""

import uuid

from django.db import models
from django.db.models import F, Q

from compliance_service.points.models import Point


class WaterRight(models.Model):
    """A granted right ("derecho de aprovechamiento"). Several works may draw on one, and a work on several."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    resolution = models.CharField(max_length=200, default="", blank=True)
    flow_l_s = models.FloatField(null=True)
    yearly_m3 = models.FloatField(null=True)
    monthly_m3 = models.JSONField(default=list)  # twelve volumes from January on, or none
    year_starts_in = models.SmallIntegerField(default=1)  # the month in which its year begins
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)  # the last day
    points = models.ManyToManyField(Point, through="RightPoint", related_name="rights")
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        db_table = "water_right"
        constraints = [
            models.UniqueConstraint(fields=["name"], name="right_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="right_has_name"),
            models.CheckConstraint(
                condition=Q(flow_l_s__isnull=False) | Q(yearly_m3__isnull=False), name="right_grants_something"
            ),
            models.CheckConstraint(
                condition=(Q(flow_l_s=None) | Q(flow_l_s__gt=0)) & (Q(yearly_m3=None) | Q(yearly_m3__gt=0)),
                name="right_grants_more_than_nothing",
            ),
            models.CheckConstraint(condition=Q(year_starts_in__range=(1, 12)), name="right_year_starts_in_a_month"),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")), name="right_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RightPoint(models.Model):
    right = models.ForeignKey(WaterRight, on_delete=models.CASCADE)
    point = models.ForeignKey(Point, on_delete=models.PROTECT)

    class Meta:
        db_table = "water_right_point"
        constraints = [models.UniqueConstraint(fields=["right", "point"], name="right_point_once")]

    def __str__(self) -> str:
        return f"{self.right_id} {self.point_id}"


class DrawnVolume(models.Model):
    """What a point drew on a day of the regulator's (UTC-4), by its continuous volume. Telemetry's word, kept here."""

    point = models.ForeignKey(Point, on_delete=models.PROTECT)
    day = models.DateField()
    m3 = models.FloatField()
    max_flow_l_s = models.FloatField(null=True)
    known_at = models.DateTimeField()

    class Meta:
        db_table = "drawn_volume"
        constraints = [models.UniqueConstraint(fields=["point", "day"], name="drawn_volume_once")]

    def __str__(self) -> str:
        return f"{self.point_id} {self.day} {self.m3}"


class RightWarning(models.Model):
    """A share of the year's volume was reached: said once a year and level."""

    right = models.ForeignKey(WaterRight, on_delete=models.CASCADE, related_name="warnings")
    year_from = models.DateField()
    percent = models.SmallIntegerField()
    used_m3 = models.FloatField()
    at = models.DateTimeField()

    class Meta:
        db_table = "right_warning"
        constraints = [
            models.UniqueConstraint(fields=["right", "year_from", "percent"], name="right_warning_once"),
        ]

    def __str__(self) -> str:
        return f"{self.right_id} {self.percent} %"
