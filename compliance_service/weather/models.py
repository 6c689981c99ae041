"""When a regulator was down, and which duties that delayed."""

from django.db import models
from django.db.models import F, Q

from compliance_service.authorities.models import ComplianceSource
from compliance_service.obligations.models import Obligation


class Outage(models.Model):
    """From the first try that nobody answered to the first that somebody did. `noticed_at`: when we knew."""

    source = models.ForeignKey(ComplianceSource, on_delete=models.PROTECT, related_name="outages")
    started_at = models.DateTimeField()
    noticed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    tries = models.IntegerField(default=0)  # within it, all unanswered
    works = models.IntegerField(default=0)  # whose tries those were

    class Meta:
        db_table = "regulator_outage"
        constraints = [
            models.UniqueConstraint(fields=["source"], condition=Q(ended_at=None), name="outage_open_once"),
            models.UniqueConstraint(fields=["source", "started_at"], name="outage_starts_once"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gt=F("started_at")), name="outage_ends_after_start"
            ),
            models.CheckConstraint(condition=Q(noticed_at__gte=F("started_at")), name="outage_noticed_after_start"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.started_at:%Y-%m-%dT%H:%M}"


class Delayed(models.Model):
    """A duty that was tried in an outage, in vain: the outage is part of its evidence."""

    outage = models.ForeignKey(Outage, on_delete=models.PROTECT, related_name="delayed")
    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, related_name="outages")

    class Meta:
        db_table = "regulator_outage_duty"
        constraints = [models.UniqueConstraint(fields=["outage", "obligation"], name="outage_duty_once")]

    def __str__(self) -> str:
        return f"{self.outage_id} {self.obligation_id}"
