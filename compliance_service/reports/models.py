"""What a work's day came to, as it stood the next morning."""

from django.db import models
from django.db.models import F, Q

from compliance_service.obligations.models import ComplianceConfig


class DailyReport(models.Model):
    config = models.ForeignKey(ComplianceConfig, on_delete=models.PROTECT, related_name="daily_reports")
    date = models.DateField()  # a day of the regulator's, UTC-4
    due = models.IntegerField()
    receipts = models.IntegerField()
    explained = models.IntegerField()
    open = models.IntegerField()
    made_at = models.DateTimeField()

    class Meta:
        db_table = "daily_report"
        constraints = [
            models.UniqueConstraint(fields=["config", "date"], name="daily_report_once"),
            models.CheckConstraint(
                condition=Q(due=F("receipts") + F("explained") + F("open")), name="daily_report_closes"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.config_id} {self.date}"
