"""Meters with dates, the moves that persons made with them, and where a recomputation can start."""

from django.db import models
from django.db.models import F, Q


class MeterStatus(models.TextChoices):
    PROPOSED = "proposed", "propuesto"
    CONFIRMED = "confirmed", "confirmado"
    REJECTED = "rejected", "rechazado"


class Origin(models.TextChoices):
    CONFIG = "config", "configuración"
    DETECTED = "detected", "detectado en las lecturas"
    PERSON = "person", "ingresado por una persona"


class Meter(models.Model):
    """A meter of a point. Readings are counts; what is NULL is as the point's configuration says.

    `decided_by` is empty where only the readings speak for it: such a row follows them when they change.
    """

    point_id = models.UUIDField()
    installed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)
    opening_reading = models.DecimalField(max_digits=30, decimal_places=9, null=True)
    closing_reading = models.DecimalField(max_digits=30, decimal_places=9, null=True)
    previous_reading = models.DecimalField(max_digits=30, decimal_places=9, null=True)  # the old meter's last
    litres_per_pulse = models.DecimalField(max_digits=30, decimal_places=15, null=True)
    calibration = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    digits = models.SmallIntegerField(null=True)
    status = models.CharField(max_length=10, choices=MeterStatus)
    origin = models.CharField(max_length=10, choices=Origin)
    decided_by = models.CharField(max_length=200, default="")
    decided_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "meter"
        constraints = [
            models.UniqueConstraint(fields=["point_id", "installed_at"], name="meter_once_at_a_time"),
            models.CheckConstraint(
                condition=Q(removed_at=None) | Q(removed_at__gt=F("installed_at")), name="meter_removed_after_installed"
            ),
            models.CheckConstraint(
                condition=Q(litres_per_pulse=None) | Q(litres_per_pulse__gt=0), name="meter_pulse_positive"
            ),
            models.CheckConstraint(
                condition=Q(calibration=None) | Q(calibration__gt=0), name="meter_calibration_positive"
            ),
            models.CheckConstraint(
                condition=Q(digits=None) | Q(digits__gte=1, digits__lte=20), name="meter_digits_possible"
            ),
            models.CheckConstraint(condition=Q(status__in=MeterStatus.values), name="meter_status_known"),
            models.CheckConstraint(condition=Q(origin__in=Origin.values), name="meter_origin_known"),
            models.CheckConstraint(
                condition=Q(decided_by="", decided_at=None) | (~Q(decided_by="") & Q(decided_at__isnull=False)),
                name="meter_decided_by_and_at",
            ),
            models.CheckConstraint(
                condition=~Q(status=MeterStatus.REJECTED) | ~Q(decided_by=""), name="meter_rejected_by_a_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.point_id} {self.installed_at} {self.status}"


class MeterMove(models.Model):
    """A person's decision about a meter."""

    meter = models.ForeignKey(Meter, on_delete=models.CASCADE, related_name="moves")
    before = models.CharField(max_length=10, choices=MeterStatus)
    after = models.CharField(max_length=10, choices=MeterStatus)
    moved_by = models.CharField(max_length=200)
    moved_at = models.DateTimeField()

    class Meta:
        db_table = "meter_move"
        constraints = [
            models.CheckConstraint(condition=~Q(before=F("after")), name="meter_move_moves"),
            models.CheckConstraint(condition=~Q(moved_by=""), name="meter_move_by_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


class MeterChange(models.Model):
    """What a person corrected of a meter: by name, what it was and what it is since."""

    meter = models.ForeignKey(Meter, on_delete=models.CASCADE, related_name="changes")
    before = models.JSONField()
    after = models.JSONField()
    changed_by = models.CharField(max_length=200)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "meter_change"
        constraints = [
            models.CheckConstraint(condition=~Q(changed_by=""), name="meter_change_by_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


class Checkpoint(models.Model):
    """What later measurements depend on after every raw row up to `at`: one a UTC day, and the newest."""

    pk = models.CompositePrimaryKey("point_id", "at")
    point_id = models.UUIDField()
    at = models.DateTimeField()
    state = models.JSONField()

    class Meta:
        db_table = "process_checkpoint"

    def __str__(self) -> str:
        return f"{self.point_id} at {self.at}"


class SeenConfig(models.Model):
    """The configuration that a point's measurements were made with, to see what a change makes stale."""

    point_id = models.UUIDField(primary_key=True)
    versions = models.JSONField()  # [[version, valid_from, config], …] in the order in which they hold

    class Meta:
        db_table = "process_seen_config"

    def __str__(self) -> str:
        return str(self.point_id)
