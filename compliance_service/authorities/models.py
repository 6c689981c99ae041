"""The regulators, as rows: where they answer, what they demand, how long they wait."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from shared.db.fields import EncryptedTextField


class ComplianceSource(models.Model):
    """`config`: base_url, timeout_s, timestamp_style, standards (code: every, lag_days), see its defaults.py."""

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


class AuthoritySession(models.Model):
    """A log-in that is still good. `mark` is a digest of who logs in where with which password, which it does not show.

    Whoever takes `claimed_until` logs in; the others wait for his token.
    """

    mark = models.CharField(max_length=64, primary_key=True)
    token: Any = EncryptedTextField(default="")
    obtained_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "authority_session"
        constraints = [
            models.CheckConstraint(
                condition=Q(obtained_at=None, expires_at=None) | Q(expires_at__gt=F("obtained_at")),
                name="authority_session_ends_after_it_begins",
            )
        ]

    def __str__(self) -> str:
        return f"{self.mark[:8]} until {self.expires_at}"
