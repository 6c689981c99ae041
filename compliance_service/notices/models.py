"""Notices to a regulator: drafted here, delivered by a person, who says so."""

import uuid

from django.db import models
from django.db.models import F, Q

from compliance_service.obligations.models import ComplianceConfig


class Kind(models.TextChoices):
    FAILURE = "failure", "falla de conexión"
    CHANGE = "change", "cambio en la conexión"


class Notice(models.Model):
    """`facts` are the system's, `filled` a person's; `subject` and `body` were made of both. Delivered, it stays so."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    config = models.ForeignKey(ComplianceConfig, on_delete=models.PROTECT, related_name="notices")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    starts_at = models.DateTimeField()  # the failure's first stamp, or the planned day
    ended_at = models.DateTimeField(null=True)  # of a failure: when a stamp was accepted again
    due_at = models.DateTimeField()
    to = models.CharField(max_length=200)
    facts = models.JSONField()
    filled = models.JSONField(default=dict)
    subject = models.CharField(max_length=200)
    body = models.TextField()
    drafted_at = models.DateTimeField()
    drafted_by = models.CharField(max_length=200)
    changed_at = models.DateTimeField()
    changed_by = models.CharField(max_length=200)
    delivered_at = models.DateTimeField(null=True)
    delivered_by = models.CharField(max_length=200, default="", blank=True)
    delivery_note = models.TextField(default="", blank=True)

    class Meta:
        db_table = "notice"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="notice_kind_known"),
            models.CheckConstraint(
                condition=Q(delivered_at=None, delivered_by="", delivery_note="")
                | Q(delivered_at__isnull=False) & ~Q(delivered_by="") & ~Q(delivery_note=""),
                name="notice_delivered_by_whom_and_how",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(kind="failure", ended_at__gte=F("starts_at")),
                name="notice_failure_ends_after_start",
            ),
            # Of one failure there is one notice: two workers that see it at once make one.
            models.UniqueConstraint(
                fields=["config"], condition=Q(kind="failure", ended_at=None), name="notice_open_failure_once"
            ),
        ]
        indexes = [
            # notices.queries.page: the newest first.
            models.Index(fields=["drafted_at", "id"], name="notice_by_draft"),
        ]

    def __str__(self) -> str:
        return self.subject
