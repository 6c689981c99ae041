"""API keys of devices: what each may push, how long it lives, and by which texts it is known.

A text is shown once and kept nowhere: of its secret there is a keyed hash, whose key is encrypted under
FIELD_ENCRYPTION_KEYS. Who holds the database alone can neither use a key nor try one out.
"""

from collections.abc import Collection
from typing import Any
from uuid import uuid4

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from shared.db.fields import EncryptedTextField

MOST_IN_SCOPE = 1000


class ApiKey(models.Model):
    """Never deleted, only revoked: what was pushed with it goes on naming it."""

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    name = models.CharField("nombre", max_length=200)
    # Telemetry's: Core knows a source by its id alone.
    sources: Any = ArrayField(models.UUIDField(), verbose_name="fuentes", default=list, blank=True)
    points: Any = ArrayField(models.UUIDField(), verbose_name="puntos, con todas sus fuentes", default=list, blank=True)
    expires_at = models.DateTimeField("vence", null=True, blank=True)
    revoked_at = models.DateTimeField("revocada", null=True, editable=False)
    revoked_by = models.CharField("revocada por", max_length=300, default="", editable=False)
    created_at = models.DateTimeField("creada", editable=False)
    created_by = models.CharField("creada por", max_length=300, editable=False)
    updated_at = models.DateTimeField("modificada", editable=False)
    updated_by = models.CharField("modificada por", max_length=300, editable=False)
    last_used_at = models.DateTimeField("último uso", null=True, editable=False)  # to ten minutes, as Telemetry tells
    # The place of its last change in the feed. Given under a lock; a use is no change.
    change_seq = models.BigIntegerField(editable=False)

    class Meta:
        db_table = "api_key"
        verbose_name = "clave de equipo"
        verbose_name_plural = "claves de equipos"
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="api_key_name_given"),
            # Whoever reads a log or a list must know which device is meant.
            models.UniqueConstraint(
                fields=["name"],
                condition=Q(revoked_at=None),
                name="api_key_live_name_once",
                violation_error_message="Otra clave vigente ya se llama así.",
            ),
            models.CheckConstraint(
                condition=Q(sources__len__gt=0) | Q(points__len__gt=0),
                name="api_key_for_something",
                violation_error_message="Diga para qué fuentes o puntos es.",
            ),
            models.CheckConstraint(
                condition=Q(sources__len__lte=MOST_IN_SCOPE, points__len__lte=MOST_IN_SCOPE),
                name="api_key_scope_bounded",
                violation_error_message=f"Hasta {MOST_IN_SCOPE} fuentes y {MOST_IN_SCOPE} puntos.",
            ),
            models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__gt=F("created_at")),
                name="api_key_expires_after_creation",
                violation_error_message="Vence antes de haberse creado.",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by="") | Q(revoked_at__isnull=False) & ~Q(revoked_by=""),
                name="api_key_revoked_by_somebody",
            ),
            # Also the index by which feed.changes_after reads.
            models.UniqueConstraint(fields=["change_seq"], name="api_key_change_seq_once"),
        ]
        indexes = [
            # queries.page_of_keys: a page of the list, the newest first.
            models.Index(fields=["-created_at", "-id"], name="api_key_newest_first"),
        ]

    def __str__(self) -> str:
        return self.name

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        # No form shows `revoked_at`, yet a name is taken only by keys that live: left out, nobody would look.
        super().validate_constraints(exclude=set(exclude or ()) - {"revoked_at"})


class ApiKeySecret(models.Model):
    """One text of a key. A rotation makes the next; the old one holds until `ends_at`, so that devices can change."""

    prefix = models.CharField("comienzo", primary_key=True, max_length=12)
    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="secrets", verbose_name="clave")
    digest = models.CharField(max_length=64)
    hash_key: Any = EncryptedTextField()  # hexadecimal
    made_at = models.DateTimeField("hecho")
    made_by = models.CharField("hecho por", max_length=300)
    ends_at = models.DateTimeField("vale hasta", null=True)

    class Meta:
        db_table = "api_key_secret"
        verbose_name = "texto de una clave"
        verbose_name_plural = "textos de una clave"
        ordering = [F("ends_at").desc(nulls_first=True), "-made_at", "prefix"]  # the current one first
        constraints = [
            models.CheckConstraint(condition=Q(prefix__regex="^[a-z2-7]{12}$"), name="api_key_secret_prefix_form"),
            models.CheckConstraint(condition=Q(digest__regex="^[0-9a-f]{64}$"), name="api_key_secret_digest_whole"),
            models.UniqueConstraint(fields=["key"], condition=Q(ends_at=None), name="api_key_secret_one_current"),
            models.CheckConstraint(
                condition=Q(ends_at=None) | Q(ends_at__gte=F("made_at")), name="api_key_secret_ends_after_made"
            ),
        ]

    def __str__(self) -> str:
        return f"stk_{self.prefix}_…"


class What(models.TextChoices):
    CREATED = "created", "Creada"
    CHANGED = "changed", "Modificada"
    ROTATED = "rotated", "Cambiada por otra"
    REVOKED = "revoked", "Revocada"


class ApiKeyEvent(models.Model):
    """Who did what to a key and when; `said` holds what changed, from what to what, and never a secret."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="events", db_index=False)
    at = models.DateTimeField("cuándo")
    by = models.CharField("quién", max_length=300)
    what = models.CharField("qué", max_length=10, choices=What)
    said = models.JSONField("detalle", default=dict)

    class Meta:
        db_table = "api_key_event"
        verbose_name = "hecho de una clave"
        verbose_name_plural = "hechos de una clave"
        constraints = [
            models.CheckConstraint(condition=Q(what__in=What.values), name="api_key_event_known"),
            models.CheckConstraint(condition=~Q(by=""), name="api_key_event_says_by_whom"),
        ]
        indexes = [
            # queries.find_key: a key's history, the newest first.
            models.Index(fields=["key", "-at"], name="api_key_event_of_key"),
        ]

    def __str__(self) -> str:
        return f"{self.what} @ {self.at}"
