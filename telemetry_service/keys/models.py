"""The local copy of Core's API keys: devices push with them while Core is away. Nothing here opens a door by itself:
of a secret there is a keyed hash, and the hash's key is encrypted under settings that no database holds.
"""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from shared.db.fields import EncryptedTextField


class ApiKey(models.Model):
    """What a key is for: these sources, and every source of these points."""

    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=200)
    sources: Any = ArrayField(models.UUIDField(), default=list)
    points: Any = ArrayField(models.UUIDField(), default=list)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField()  # Core's

    class Meta:
        db_table = "api_key"

    def __str__(self) -> str:
        return self.name


class ApiKeySecret(models.Model):
    """One text by which a key is brought: after a rotation the old one holds until `ends_at`, beside the new one."""

    prefix = models.CharField(primary_key=True, max_length=12)
    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="secrets")
    digest = models.CharField(max_length=64)
    hash_key: Any = EncryptedTextField()  # hexadecimal
    ends_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "api_key_secret"
        constraints = [
            models.CheckConstraint(condition=Q(digest__regex="^[0-9a-f]{64}$"), name="api_key_secret_digest_whole"),
        ]

    def __str__(self) -> str:
        return self.prefix


class ApiKeyUse(models.Model):
    """When a key was last used, to ten minutes, and what of that Core was told."""

    key = models.OneToOneField(ApiKey, primary_key=True, on_delete=models.CASCADE, related_name="use")
    used_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)  # the `used_at` that Core knows

    class Meta:
        db_table = "api_key_use"
        indexes = [
            # operations.untold_uses, every minute: a handful among all keys.
            models.Index(
                fields=["used_at"],
                name="api_key_use_untold",
                condition=Q(told_at=None) | Q(told_at__lt=models.F("used_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key_id} @ {self.used_at}"
