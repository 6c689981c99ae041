"""Who may read a holder's history: credentials that SMA is given, each shown once, revocable at any time."""

import uuid

from django.db import models
from django.db.models import F, Q


class HistoryCredential(models.Model):
    """It opens the procesos that the company reports, and nothing else."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    usuario = models.CharField(max_length=40)
    # SHA-256 of the password, which we make: it holds 256 random bits, so a slow hash would add cost and no safety.
    digest = models.CharField(max_length=64)
    company_rut = models.CharField(max_length=12)
    note = models.CharField(max_length=200, default="", blank=True)
    issued_at = models.DateTimeField()
    issued_by = models.CharField(max_length=200)
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        db_table = "history_credential"
        constraints = [
            models.UniqueConstraint(fields=["usuario"], name="history_credential_usuario_once"),
            models.CheckConstraint(condition=~Q(company_rut=""), name="history_credential_of_a_company"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by="")
                | Q(revoked_at__isnull=False, revoked_at__gte=F("issued_at")) & ~Q(revoked_by=""),
                name="history_credential_revoked_by_whom",
            ),
        ]

    def __str__(self) -> str:
        return self.usuario
