"""How each poll went."""

from django.db import models
from django.db.models import Q

from telemetry_service.sources.models import Source


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
    conflicts = models.IntegerField(default=0)  # that say something else than what we have
    unreadable = models.IntegerField(default=0)
    is_search = models.BooleanField(default=False)  # for gaps in the past, after the poll itself

    class Meta:
        db_table = "poll_attempt"
        constraints = [
            models.CheckConstraint(
                condition=Q(new__gte=0, conflicts__gte=0, new__lte=models.F("readings") - models.F("conflicts")),
                name="attempt_new_are_of_readings",
            ),
        ]
        indexes = [
            # collect.queries.attempts_of and collect.attempts.forbidden_since: a source's last attempts.
            models.Index(fields=["source", "-started_at"], name="attempt_of_source"),
            # collect.operations.drop_old_attempts, once a day.
            models.Index(fields=["started_at"], name="attempt_age"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.started_at:%Y-%m-%dT%H:%M:%SZ} {self.outcome}"
