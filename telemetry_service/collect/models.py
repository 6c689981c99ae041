"""What is asked of whom and how often, and how far each source has been read."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from shared.db.fields import EncryptedJSONField


class State(models.TextChoices):
    ACTIVE = "active", "Activa"
    STOPPED = "stopped", "Detenida"


class Source(models.Model):
    """A device of a provider account that reads a point. Which key is which variable is in raw.Series."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey("providers.Provider", on_delete=models.PROTECT, related_name="sources")
    point = models.ForeignKey("points.Point", on_delete=models.PROTECT, related_name="sources")
    params = models.JSONField(default=dict)
    secret_params: Any = EncryptedJSONField(default=dict)
    period_s = models.IntegerField()
    history_from = models.DateTimeField(null=True)  # NULL: as far back as the provider's row says
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    stop_reason = models.TextField(default="", blank=True)
    # Per key, the device time up to which everything has been read; ISO text, as JSON has no times.
    cursors = models.JSONField(default=dict)
    newest_at = models.DateTimeField(null=True)  # the newest device time ever seen
    next_poll_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    last_polled_at = models.DateTimeField(null=True)
    last_outcome = models.CharField(max_length=40, default="", blank=True)  # ok, no_data, failed:<class>
    failures = models.IntegerField(default=0)  # in a row
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        db_table = "source"
        constraints = [
            models.CheckConstraint(condition=Q(period_s__gte=60), name="source_period_of_a_minute_or_more"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="source_state_known"),
            models.CheckConstraint(
                condition=Q(state=State.STOPPED) & ~Q(stop_reason="") | Q(state=State.ACTIVE, stop_reason=""),
                name="source_stopped_says_why",
            ),
            models.CheckConstraint(condition=Q(failures__gte=0), name="source_failures_counted"),
        ]
        indexes = [
            # collect.operations.claim_due asks every minute: of many sources few are due.
            models.Index(fields=["next_poll_at"], name="source_due", condition=Q(state="active")),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id}/{self.id}"


class Attempt(models.Model):
    """One poll of one source, as it went: kept a month, without secrets."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    started_at = models.DateTimeField()
    duration_ms = models.IntegerField()
    requests = models.IntegerField()
    request = models.TextField(default="", blank=True)  # the last one, its secrets masked
    status = models.IntegerField(null=True)
    outcome = models.CharField(max_length=40)
    message = models.TextField(default="", blank=True)
    readings = models.IntegerField()  # that came
    new = models.IntegerField()  # of which we did not know
    unreadable = models.IntegerField(default=0)

    class Meta:
        db_table = "poll_attempt"
        constraints = [
            models.CheckConstraint(condition=Q(new__lte=models.F("readings")), name="attempt_new_are_of_readings"),
        ]
        indexes = [
            # collect.queries.attempts_of: a source's last attempts.
            models.Index(fields=["source", "-started_at"], name="attempt_of_source"),
            # collect.operations.drop_old_attempts, once a day.
            models.Index(fields=["started_at"], name="attempt_age"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.started_at:%Y-%m-%dT%H:%M:%SZ} {self.outcome}"
