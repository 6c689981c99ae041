"""The regulator's word that it has a number: one a submission, each with the attempt that brought it."""

from django.db import models
from django.db.models import Q

from compliance_service.authorities.models import ComplianceSource
from compliance_service.submissions.models import Attempt, ComplianceData


class Receipt(models.Model):
    source = models.ForeignKey(ComplianceSource, on_delete=models.PROTECT, related_name="receipts")
    voucher = models.CharField(max_length=64)
    submission = models.OneToOneField(ComplianceData, on_delete=models.PROTECT, related_name="receipt")
    attempt = models.OneToOneField(Attempt, on_delete=models.PROTECT, related_name="receipt")
    by_duplicate = models.BooleanField()  # found in the answer that it was there already
    received_at = models.DateTimeField()

    class Meta:
        db_table = "receipt"
        constraints = [
            models.UniqueConstraint(fields=["source", "voucher"], name="receipt_voucher_once"),
            models.CheckConstraint(condition=~Q(voucher=""), name="receipt_has_voucher"),
        ]

    def __str__(self) -> str:
        return self.voucher
