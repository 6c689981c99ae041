"""How each device is, what changed about it and when, and what its clock and its logger said."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from telemetry_service.health.changes import What
from telemetry_service.health.condition import Condition
from telemetry_service.health.drift import Clock
from telemetry_service.sources.models import Source


class DeviceHealth(models.Model):
    """What held at the last look. Written where something changed, not at every look."""

    source = models.OneToOneField(Source, on_delete=models.CASCADE, primary_key=True, db_constraint=False)
    condition = models.CharField(max_length=10, choices=Condition.choices())
    since = models.DateTimeField()
    stale = ArrayField(models.CharField(max_length=40), default=list)  # variables
    clock = models.CharField(max_length=10, choices=Clock.choices(), default=Clock.RIGHT.value)
    clock_by_s = models.IntegerField(default=0)  # what our clock shows more than the device's
    clock_since = models.DateTimeField()
    battery_low = models.BooleanField(default=False)
    battery_since = models.DateTimeField()

    class Meta:
        db_table = "device_health"
        constraints = [
            models.CheckConstraint(condition=Q(condition__in=Condition.values()), name="device_condition_known"),
            models.CheckConstraint(condition=Q(clock__in=Clock.values()), name="device_clock_known"),
        ]
        indexes = [
            # health.queries.devices_page, where a condition is asked for.
            models.Index(fields=["condition", "source"], name="device_by_condition"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.condition}"


class HealthMove(models.Model):
    """One change. `at` is when it came about, `noticed_at` when we looked."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    what = models.CharField(max_length=10, choices=What.choices())
    variable = models.CharField(max_length=40, default="", blank=True)  # of what is stale
    before = models.CharField(max_length=20)
    after = models.CharField(max_length=20)
    at = models.DateTimeField()
    noticed_at = models.DateTimeField()

    class Meta:
        db_table = "health_move"
        constraints = [
            models.CheckConstraint(condition=~Q(before=F("after")), name="health_move_moves"),
            models.CheckConstraint(condition=Q(what__in=What.values()), name="health_move_what_known"),
        ]
        indexes = [
            # health.queries.moves_page: a source's changes, the newest first.
            models.Index(fields=["source", "-at", "-id"], name="health_move_of_source"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.what}: {self.before} → {self.after}"


class ClockSample(models.Model):
    """Of an hour's arrivals: the least that passed between a reading's device time and its arrival.

    A source has those of the day that ended with its last arrival.
    """

    pk = models.CompositePrimaryKey("source_id", "hour")
    source_id = models.UUIDField()
    hour = models.DateTimeField()  # of arrival
    least_ms = models.BigIntegerField()  # negative: the device's clock is ahead

    class Meta:
        db_table = "clock_sample"

    def __str__(self) -> str:
        return f"{self.source_id} {self.hour}: {self.least_ms} ms"


class ClockFault(models.Model):
    """A device said a time that cannot be. Its reading is no row: this is what is seen of it."""

    source = models.OneToOneField(Source, on_delete=models.CASCADE, primary_key=True, db_constraint=False)
    said = models.CharField(max_length=40)  # the time as it was read; it may lie beyond our calendar
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    seen = models.IntegerField(default=1)

    class Meta:
        db_table = "clock_fault"
        constraints = [
            models.CheckConstraint(
                condition=Q(seen__gte=1, last_seen_at__gte=F("first_seen_at")), name="clock_fault_seen_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.said}"


class LoggerStatus(models.Model):
    """How often a logger gave a status code in place of a value, by UTC day of its device time."""

    pk = models.CompositePrimaryKey("source_id", "key", "code", "day")
    source_id = models.UUIDField()
    key = models.TextField()
    code = models.CharField(max_length=20)
    day = models.DateField()
    count = models.IntegerField()
    last_at = models.DateTimeField()

    class Meta:
        db_table = "logger_status"
        constraints = [models.CheckConstraint(condition=Q(count__gte=1), name="logger_status_counted")]

    def __str__(self) -> str:
        return f"{self.source_id} {self.key}: {self.code}"


class HealthLimits(models.Model):
    """Limits of a source, or of all where `source` is NULL; what is NULL is as usual (health.limits)."""

    source = models.OneToOneField(Source, on_delete=models.CASCADE, null=True, db_constraint=False)
    late_periods = models.FloatField(null=True)
    offline_periods = models.FloatField(null=True)
    offline_s = models.IntegerField(null=True)
    stale_s = models.IntegerField(null=True)
    drift_s = models.IntegerField(null=True)
    battery_pct = models.FloatField(null=True)
    battery_v = models.FloatField(null=True)
    changed_by = models.CharField(max_length=200)
    changed_at = models.DateTimeField()

    class Meta:
        db_table = "health_limits"
        constraints = [
            models.UniqueConstraint(
                fields=["source"], name="health_limits_once", nulls_distinct=False, violation_error_message="ya está"
            ),
            models.CheckConstraint(
                condition=(Q(late_periods=None) | Q(late_periods__gte=1))
                & (Q(offline_periods=None) | Q(offline_periods__gte=1))
                & (Q(offline_s=None) | Q(offline_s__gte=60))
                & (Q(stale_s=None) | Q(stale_s__gte=60))
                & (Q(drift_s=None) | Q(drift_s__gte=1))
                & (Q(battery_pct=None) | Q(battery_pct__range=(0, 100)))
                & (Q(battery_v=None) | Q(battery_v__gte=0)),
                name="health_limits_possible",
            ),
        ]

    def __str__(self) -> str:
        return str(self.source_id or "all")
