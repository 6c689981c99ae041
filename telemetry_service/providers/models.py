"""An account with a provider. The provider itself is a row of configuration, not code."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from shared.db.fields import EncryptedJSONField


class ProviderType(models.TextChoices):
    """How readings reach us. The first five are the specification's."""

    HTTP_API = "HTTP_API", "API HTTP"
    MQTT = "MQTT", "MQTT"
    WEBSOCKET = "WEBSOCKET", "WebSocket"
    GRPC = "GRPC", "gRPC"
    CUSTOM = "CUSTOM", "A medida"
    PUSH = "PUSH", "Envío por el dispositivo"


# These are asked; the others speak by themselves.
POLLED = frozenset({ProviderType.HTTP_API, ProviderType.GRPC, ProviderType.CUSTOM})


class Provider(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    type = models.CharField(max_length=20, choices=ProviderType, default=ProviderType.HTTP_API)
    adapter = models.CharField(max_length=100, default="", blank=True)  # CUSTOM: the name of its entry point
    preset = models.CharField(max_length=40, blank=True)  # where the row came from; what holds is `config`
    config = models.JSONField()  # the whole row of its type, as `http-poll/1`, without secrets
    credentials: Any = EncryptedJSONField(default=dict)
    is_active = models.BooleanField(default=True)
    postponed_until = models.DateTimeField(null=True)  # the provider asked this account to wait
    last_ok_at = models.DateTimeField(null=True)  # when it last gave a usable answer
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
            models.CheckConstraint(condition=Q(type__in=ProviderType.values), name="provider_type_known"),
            models.CheckConstraint(
                condition=Q(type=ProviderType.CUSTOM) & ~Q(adapter="") | ~Q(type=ProviderType.CUSTOM) & Q(adapter=""),
                name="provider_custom_names_its_adapter",
            ),
        ]

    def __str__(self) -> str:
        return self.name
