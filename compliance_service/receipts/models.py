"""The regulator's word that it has a number: one a submission, each with the attempt that brought it."""

from django.db import models
from django.db.models import F, Q

from compliance_service.authorities.dga.record import Verdict
from compliance_service.authorities.models import ComplianceSource
from compliance_service.submissions.models import Attempt, ComplianceData

VERDICTS = [(verdict.value, verdict.value) for verdict in Verdict]


class Receipt(models.Model):
    """Read back from time to time. `verdict` is what the last reading said that said anything."""

    # Not checked by the database, like those of submissions.
    source = models.ForeignKey(
        ComplianceSource, on_delete=models.PROTECT, related_name="receipts", db_constraint=False, db_index=False
    )
    voucher = models.CharField(max_length=64)
    submission = models.OneToOneField(
        ComplianceData, on_delete=models.PROTECT, related_name="receipt", db_constraint=False
    )
    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="receipt", db_constraint=False)
    by_duplicate = models.BooleanField()  # found in the answer that it was there already
    received_at = models.DateTimeField()
    verdict = models.CharField(max_length=12, choices=VERDICTS, default="", blank=True)
    read_at = models.DateTimeField(null=True)
    matches = models.IntegerField(default=0)
    not_found = models.IntegerField(default=0)  # readings in a row
    unanswered = models.IntegerField(default=0)  # readings in a row that said nothing
    next_read_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "receipt"
        constraints = [
            models.UniqueConstraint(fields=["source", "voucher"], name="receipt_voucher_once"),
            models.CheckConstraint(condition=~Q(voucher=""), name="receipt_has_voucher"),
            models.CheckConstraint(
                condition=Q(verdict="", read_at=None) | ~Q(verdict="") & Q(read_at__isnull=False),
                name="receipt_verdict_has_time",
            ),
        ]
        indexes = [
            # receipts.read_back.claim: those whose turn it is.
            models.Index(fields=["next_read_at"], name="receipt_to_read", condition=Q(next_read_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return self.voucher


class ReadBack(models.Model):
    """One reading of a receipt: the answer as it came."""

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="read_backs")
    at = models.DateTimeField()
    url = models.CharField(max_length=500)
    response_status = models.IntegerField(null=True)
    response_body = models.BinaryField(default=bytes)
    verdict = models.CharField(max_length=12, choices=VERDICTS)
    differences = models.JSONField(default=list)  # [{field, sent, held}]

    class Meta:
        db_table = "receipt_read_back"
        constraints = [
            models.CheckConstraint(
                condition=Q(verdict__in=[verdict.value for verdict in Verdict]), name="read_back_verdict_known"
            ),
            models.CheckConstraint(
                condition=Q(verdict="differs") & ~Q(differences=[]) | ~Q(verdict="differs") & Q(differences=[]),
                name="read_back_differs_in_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%dT%H:%M} {self.verdict}"


class Incident(models.Model):
    """The regulator holds something else than what was sent, or nothing. Open until a person closes it."""

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="incidents")
    read_back = models.OneToOneField(ReadBack, on_delete=models.PROTECT, related_name="incident")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=200, default="", blank=True)
    note = models.TextField(default="", blank=True)

    class Meta:
        db_table = "receipt_incident"
        constraints = [
            models.UniqueConstraint(fields=["receipt"], condition=Q(closed_at=None), name="incident_open_once"),
            models.CheckConstraint(
                condition=Q(closed_at=None, closed_by="", note="")
                | Q(closed_at__isnull=False, closed_at__gte=F("opened_at")) & ~Q(closed_by="") & ~Q(note=""),
                name="incident_closed_by_whom_and_why",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.receipt_id} {self.opened_at:%Y-%m-%d}"
