"""What was sent, every attempt at it, and every move of its state."""

import uuid

from django.db import models
from django.db.models import Q

from compliance_service.obligations.models import ComplianceConfig, Obligation
from compliance_service.submissions.states import SENDABLE, Status

STATUSES = [(status.value, status.value) for status in Status]


class ComplianceData(models.Model):
    """The submission of one duty. `document` is what is sent, `evidence` the measurements it was made of."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # No reference of these tables is checked by the database: millions of rows, made by statements of ours from what
    # they refer to, which nothing deletes.
    obligation = models.OneToOneField(
        Obligation, on_delete=models.PROTECT, related_name="submission", db_constraint=False
    )
    # Of the obligation, repeated for the indexes that find what to send.
    config = models.ForeignKey(
        ComplianceConfig, on_delete=models.PROTECT, related_name="submissions", db_constraint=False
    )
    slot_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=STATUSES)
    held_reason = models.CharField(max_length=60, default="")
    error_reason = models.CharField(max_length=60, default="")
    document = models.JSONField(default=dict)
    evidence = models.JSONField(default=dict)
    next_attempt_at = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    # The regulator said that it has it. From then on it is never sent again, voucher or not; a trigger keeps it set.
    taken_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "compliance_data"
        constraints = [
            models.CheckConstraint(condition=Q(status__in=[s.value for s in Status]), name="submission_status_known"),
            models.CheckConstraint(
                condition=~Q(status="CONFIRMED") | Q(confirmed_at__isnull=False), name="submission_confirmed_has_time"
            ),
            models.CheckConstraint(condition=~Q(status="HELD") | ~Q(held_reason=""), name="submission_held_has_reason"),
            models.CheckConstraint(
                condition=~Q(status__in=[s.value for s in SENDABLE]) | Q(next_attempt_at__isnull=False),
                name="submission_sendable_has_time",
            ),
            models.CheckConstraint(
                condition=Q(taken_at=None) | Q(status__in=["HELD", "CONFIRMED"]),
                name="submission_taken_is_never_sent_again",
            ),
            models.CheckConstraint(
                condition=~Q(status="SENT") | Q(leased_until__isnull=False), name="submission_sent_has_lease"
            ),
        ]
        indexes = [
            # submissions.queries.sendable: what is to be sent, the oldest of each work first.
            models.Index(
                fields=["config", "slot_at"],
                name="submission_sendable",
                condition=Q(status__in=[s.value for s in SENDABLE]),
            ),
            # review.queries.queue: what waits for a person, the oldest first.
            models.Index(fields=["slot_at", "id"], name="submission_held", condition=Q(status="HELD")),
            # submissions.queries.next_wake: when the first of a work may be sent.
            models.Index(
                fields=["config", "next_attempt_at"],
                name="submission_next_attempt",
                condition=Q(status__in=[s.value for s in SENDABLE]),
            ),
            # submissions.operations.recover: sends whose worker died.
            models.Index(fields=["leased_until"], name="submission_leased", condition=Q(status="SENT")),
            # submissions.queries.page: the list of a point, by hour.
            models.Index(fields=["slot_at", "id"], name="submission_by_slot"),
        ]

    def __str__(self) -> str:
        return f"{self.slot_at:%Y-%m-%dT%H:%M} {self.status}"


class Move(models.Model):
    """One change of state: from what to what, when, by whom, why."""

    submission = models.ForeignKey(ComplianceData, on_delete=models.PROTECT, related_name="moves", db_constraint=False)
    old = models.CharField(max_length=10, default="")
    new = models.CharField(max_length=10)
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    reason = models.CharField(max_length=60, default="")

    class Meta:
        db_table = "submission_move"

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"


class Attempt(models.Model):
    """One sending. Written before the bytes leave; the answer is kept as it came."""

    submission = models.ForeignKey(
        ComplianceData, on_delete=models.PROTECT, related_name="attempts", db_constraint=False, db_index=False
    )
    number = models.IntegerField()
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    url = models.CharField(max_length=300)
    request_headers = models.JSONField()
    request_body = models.BinaryField()  # with a keyed digest in the password's place
    request_mac = models.BinaryField()  # keyed digest of the bytes that really left, as text
    response_status = models.IntegerField(null=True)
    response_headers = models.JSONField(default=dict)
    response_body = models.BinaryField(default=bytes)
    meaning = models.CharField(max_length=40, default="")
    message = models.CharField(max_length=300, default="")

    class Meta:
        db_table = "submission_attempt"
        constraints = [
            models.UniqueConstraint(fields=["submission", "number"], name="attempt_number_once"),
            models.CheckConstraint(condition=Q(finished_at=None) | ~Q(meaning=""), name="attempt_finished_has_meaning"),
        ]
        indexes = [
            # weather.queries.reports and first_answer: the tries of late, of a table that only grows.
            models.Index(fields=["started_at"], name="attempt_by_start"),
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.meaning or '…'}"
