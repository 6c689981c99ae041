"""Who speaks on the accounts that nobody asks, where that goes, and what nobody could read or place."""

import uuid
from typing import Any

from django.db import models
from django.db.models import Q

from shared.db.fields import EncryptedJSONField, EncryptedTextField

LONGEST_NAME = 200


class Device(models.Model):
    """What an account's broker calls a device. Its readings go where its routes say, to any source."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey("providers.Provider", on_delete=models.CASCADE, related_name="devices")
    identity = models.CharField(max_length=LONGEST_NAME)
    zone = models.CharField(max_length=60, default="", blank=True)  # of its own clock; empty: as the subscription says
    heard_at = models.DateTimeField(null=True)  # to the minute
    is_online = models.BooleanField(null=True)  # what it, or the broker in its last will, said last
    status_at = models.DateTimeField(null=True)  # when it said that
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        db_table = "listen_device"
        constraints = [
            # Also how a message finds its device: listen.queries.find_devices.
            models.UniqueConstraint(fields=["provider", "identity"], name="listen_device_once_per_account"),
            models.CheckConstraint(condition=~Q(identity=""), name="listen_device_has_identity"),
            models.CheckConstraint(
                condition=Q(is_online=None, status_at=None) | Q(is_online__isnull=False, status_at__isnull=False),
                name="listen_device_status_says_when",
            ),
        ]
        indexes = [
            # listen.queries.zones_of: the few devices with a clock of their own.
            models.Index(fields=["provider"], name="listen_device_zoned", condition=~Q(zone="")),
        ]

    def __str__(self) -> str:
        return self.identity


class Route(models.Model):
    """Where a key of a device goes. An empty `key` is every other key that the source knows."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="routes")
    key = models.CharField(max_length=LONGEST_NAME, default="", blank=True)
    source = models.ForeignKey(
        "sources.Source", on_delete=models.CASCADE, null=True, related_name="routes"
    )  # NULL: nobody wants it
    source_key = models.CharField(max_length=LONGEST_NAME, default="", blank=True)  # empty: as the device calls it

    class Meta:
        db_table = "listen_route"
        constraints = [
            models.UniqueConstraint(fields=["device", "key"], name="listen_route_key_once_per_device"),
            models.CheckConstraint(
                condition=Q(source_key="") | Q(source__isnull=False) & ~Q(key=""), name="listen_route_renames_one_key"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key or '*'} → {self.source_id}"


class Reason(models.TextChoices):
    """Why a message, or a part of it, was not stored. Also labels of a metric: a closed list."""

    UNDECODABLE = "undecodable", "No se puede leer"
    UNKNOWN_DEVICE = "unknown_device", "Nadie conoce el dispositivo"
    UNKNOWN_KEY = "unknown_key", "Nadie asignó la clave"
    UNREADABLE = "unreadable", "Un valor o una hora no se puede leer"
    IMPOSSIBLE_TIME = "impossible_time", "La hora no es posible"
    NOT_LIVE = "not_live", "La fuente no está en marcha"
    TOO_BIG = "too_big", "El mensaje es demasiado grande"
    UNSTORABLE = "unstorable", "No se pudo guardar"


class LetterState(models.TextChoices):
    WAITING = "waiting", "En espera"
    STORED = "stored", "Guardada"
    DISCARDED = "discarded", "Descartada"


class DeadLetter(models.Model):
    """A message that could not be stored, as it came. The same again is counted."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey("providers.Provider", on_delete=models.CASCADE, related_name="+", db_index=False)
    digest = models.BinaryField()  # of what makes two of them the same: see letters.digest_of
    topic: Any = EncryptedTextField()  # it may hold a secret
    shown_topic = models.TextField()
    device = models.CharField(max_length=LONGEST_NAME, default="", blank=True)  # empty: it does not say
    key = models.CharField(max_length=LONGEST_NAME, default="", blank=True)
    reason = models.CharField(max_length=20, choices=Reason)
    problem = models.TextField(default="", blank=True)
    payload = models.BinaryField()
    size = models.IntegerField()  # of the payload that came; more than what is kept where that was too big
    count = models.IntegerField(default=1)
    received_at = models.DateTimeField()  # the first of them
    last_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=LetterState, default=LetterState.WAITING)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        db_table = "listen_dead_letter"
        constraints = [
            models.UniqueConstraint(fields=["provider", "digest"], name="dead_letter_once_per_account"),
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="dead_letter_reason_known"),
            models.CheckConstraint(condition=Q(state__in=LetterState.values), name="dead_letter_state_known"),
            models.CheckConstraint(condition=Q(count__gte=1), name="dead_letter_counted"),
            models.CheckConstraint(condition=Q(last_at__gte=models.F("received_at")), name="dead_letter_last_is_last"),
            models.CheckConstraint(
                condition=Q(state=LetterState.WAITING, settled_at=None, settled_by="")
                | ~Q(state=LetterState.WAITING) & Q(settled_at__isnull=False) & ~Q(settled_by=""),
                name="dead_letter_settled_says_who_and_when",
            ),
        ]
        indexes = [
            # listen.queries.speakers, letters_of and store.replay: what waits, by device, oldest first.
            models.Index(
                fields=["provider", "device", "received_at"], name="dead_letter_waiting", condition=Q(state="waiting")
            ),
            # listen.store.letters.drop_old, every day: the oldest of all.
            models.Index(fields=["received_at"], name="dead_letter_age"),
        ]

    def __str__(self) -> str:
        return f"{self.shown_topic} {self.reason}"


class Undated(models.Model):
    """When a message without a time of its own was first received: its readings' time, also if it is sent again."""

    pk = models.CompositePrimaryKey("provider_id", "digest")
    provider_id = models.UUIDField()
    digest = models.BinaryField()
    received_at = models.DateTimeField()

    class Meta:
        db_table = "listen_undated"
        indexes = [
            # listen.upkeep, every minute: what is settled of each account.
            models.Index(fields=["provider_id", "received_at"], name="listen_undated_age"),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.received_at:%Y-%m-%dT%H:%M:%SZ}"


class NodeMemory(models.Model):
    """What earlier messages of an edge node said that later ones need: Sparkplug's births."""

    provider = models.ForeignKey("providers.Provider", on_delete=models.CASCADE, related_name="+")
    node = models.CharField(max_length=2 * LONGEST_NAME + 1)
    memory = models.JSONField()

    class Meta:
        db_table = "listen_node_memory"
        constraints = [
            models.UniqueConstraint(fields=["provider", "node"], name="listen_node_once_per_account"),
        ]

    def __str__(self) -> str:
        return self.node


class ConnectionState(models.TextChoices):
    CONNECTING = "connecting", "Conectando"
    CONNECTED = "connected", "Conectada"
    UNREACHABLE = "unreachable", "El broker no responde"
    REFUSED = "refused", "El broker rechaza las credenciales"
    WRONG = "wrong", "La configuración no sirve"
    CLOSED = "closed", "Cerrada"


class Connection(models.Model):
    """How a listener's connection to an account stands. One for each shard that hears it."""

    provider = models.ForeignKey("providers.Provider", on_delete=models.CASCADE, related_name="connections")
    shard = models.CharField(max_length=11)  # "1/1"
    state = models.CharField(max_length=12, choices=ConnectionState)
    problem = models.TextField(default="", blank=True)  # without secrets
    version = models.IntegerField()  # of the account: a changed one is tried at once
    since = models.DateTimeField()  # when it took this state
    seen_at = models.DateTimeField()  # when the listener last said so
    retry_at = models.DateTimeField(null=True)  # not before, unless the account changes
    failures = models.IntegerField(default=0)  # in a row
    filters: Any = EncryptedJSONField(default=list)  # what the broker's session is subscribed to; may hold secrets

    class Meta:
        db_table = "listen_connection"
        constraints = [
            models.UniqueConstraint(fields=["provider", "shard"], name="listen_connection_once_per_shard"),
            models.CheckConstraint(condition=Q(state__in=ConnectionState.values), name="listen_connection_state_known"),
            models.CheckConstraint(condition=Q(failures__gte=0), name="listen_connection_failures_counted"),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.shard} {self.state}"
