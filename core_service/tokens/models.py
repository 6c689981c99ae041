"""Refresh tokens. One log-in begins a family; each refresh uses up one token of it and makes the next.

A token that comes twice was copied by someone: the whole family ends, the thief's tokens with it.
"""

from uuid import uuid4

from django.db import models
from django.db.models import F, Q

from core_service.users.models import User


class TokenFamily(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    # Of the password at log-in: a changed password ends what was opened with the old one.
    password_mark = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_for = models.CharField(max_length=40, default="")

    class Meta:
        db_table = "token_family"
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("started_at")), name="token_family_ends_after_start"),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_for="") | Q(revoked_at__isnull=False) & ~Q(revoked_for=""),
                name="token_family_revoked_for_a_reason",
            ),
        ]
        indexes = [
            # operations.forget_ended asks for these once a day.
            models.Index(fields=["ends_at"], name="token_family_ends"),
        ]

    def __str__(self) -> str:
        return str(self.id)


class RefreshToken(models.Model):
    family = models.ForeignKey(TokenFamily, on_delete=models.CASCADE, related_name="tokens")
    # SHA-256 of the token: it holds 256 random bits, so a slow hash would add cost and no safety.
    digest = models.CharField(max_length=64)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "refresh_token"
        constraints = [
            models.UniqueConstraint(fields=["digest"], name="refresh_token_digest_once"),
            models.UniqueConstraint(
                fields=["family"], condition=Q(used_at=None), name="refresh_token_one_unused_in_family"
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("issued_at")), name="refresh_token_expires_after_issue"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family_id} @ {self.issued_at}"
