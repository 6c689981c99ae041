"""The regulators, as rows: where they answer, what they demand, how long they wait."""

from django.db import models
from django.db.models import Q


class ComplianceSource(models.Model):
    """`config`: base_url, timeout_s, timestamp_style, standards (code: every, lag_days), see dga/defaults.py."""

    code = models.CharField(max_length=20, primary_key=True)
    name = models.CharField(max_length=100)
    description = models.TextField(default="")
    config = models.JSONField(default=dict)
    required_schema = models.JSONField(default=dict)
    supported_variables = models.JSONField(default=list)
    is_active = models.BooleanField(default=True)

    class Meta:
        db_table = "compliance_source"
        constraints = [models.CheckConstraint(condition=~Q(code=""), name="compliance_source_has_code")]

    def __str__(self) -> str:
        return self.code
