"""What a person took to the regulator: the file as it was, or the rows that were typed."""

from django.db import models
from django.db.models import Q

from compliance_service.obligations.models import ComplianceConfig


class Upload(models.Model):
    """`content` is what was brought there, byte for byte. The receipts of its hours name its digest."""

    config = models.ForeignKey(ComplianceConfig, on_delete=models.PROTECT, related_name="uploads")
    sha256 = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    content = models.BinaryField()
    hours = models.IntegerField()
    brought_at = models.DateTimeField()  # when it was uploaded or typed there
    reference = models.CharField(max_length=200, default="", blank=True)  # what the regulator's page showed
    note = models.TextField(default="", blank=True)
    by = models.CharField(max_length=200)
    recorded_at = models.DateTimeField()

    class Meta:
        db_table = "compliance_upload"
        constraints = [
            models.UniqueConstraint(fields=["config", "sha256"], name="upload_file_once"),
            models.CheckConstraint(condition=Q(sha256__regex=r"^[0-9a-f]{64}$"), name="upload_has_digest"),
            models.CheckConstraint(condition=~Q(by=""), name="upload_has_author"),
            models.CheckConstraint(condition=Q(hours__gt=0), name="upload_brought_something"),
        ]

    def __str__(self) -> str:
        return f"{self.config_id} {self.sha256[:8]}"
