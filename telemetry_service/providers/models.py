"""An account with a provider. The provider itself is a row of configuration, not code."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from shared.db.fields import EncryptedJSONField


class Provider(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    preset = models.CharField(max_length=40)  # where the row came from; what holds is `config`
    config = models.JSONField()  # the whole `http-poll/1` row, without secrets
    credentials: Any = EncryptedJSONField(default=dict)
    is_active = models.BooleanField(default=True)
    postponed_until = models.DateTimeField(null=True)  # the provider asked this account to wait
    failures = models.IntegerField(default=0)  # in a row
    version = models.IntegerField(default=1)  # counts changes of config and credentials
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        db_table = "provider"
        constraints = [
            models.UniqueConstraint(fields=["name"], name="provider_name_once"),
            models.CheckConstraint(condition=~Q(name=""), name="provider_has_name"),
            models.CheckConstraint(condition=Q(failures__gte=0), name="provider_failures_counted"),
        ]

    def __str__(self) -> str:
        return self.name
