"""What reads a point: a device of a provider account, how often it is asked, and how far it has been read."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.db import models
from django.db.models import Q

from shared.db.fields import EncryptedJSONField


class State(models.TextChoices):
    DRAFT = "draft", "En preparación"
    ACTIVE = "active", "Activa"
    STOPPED = "stopped", "Detenida"


# Collection begins the reason so where the provider took the credentials no more: new ones resume such a source.
REFUSED = "credenciales rechazadas"
# How a source moves, and by whom: a person, or collection where the provider refuses it.
MOVES: Mapping[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.ACTIVE}),  # after a dry run without blocking faults
    State.ACTIVE: frozenset({State.STOPPED}),
    State.STOPPED: frozenset({State.ACTIVE, State.DRAFT}),  # resumed as it was; changed meanwhile
}


class Source(models.Model):
    """A device of a provider account that reads a point. Which key is which variable is in raw.Series."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    provider = models.ForeignKey("providers.Provider", on_delete=models.PROTECT, related_name="sources")
    point = models.ForeignKey("points.Point", on_delete=models.PROTECT, related_name="sources")
    params = models.JSONField(default=dict)
    secret_params: Any = EncryptedJSONField(default=dict)
    # What one key needs instead of `params`: {key: {param: value}}. Encrypted whole, as a token may be among it.
    variable_params: Any = EncryptedJSONField(default=dict)
    # 0 speaks first; a higher one is heard only where no lower one of the point has a reading.
    fallback_rank = models.SmallIntegerField(default=0)
    period_s = models.IntegerField()  # how often we ask
    least_period_s = models.IntegerField(default=0)  # the provider forbids to ask again sooner, whatever happens
    # When in its period it is asked: seconds counted from 1970 UTC; NULL: its id decides (collect.schedule.phase).
    phase_s = models.IntegerField(null=True)
    cadence_s = models.IntegerField(null=True)  # how often the device measures; NULL: as often as we ask
    history_from = models.DateTimeField(null=True)  # NULL: as far back as the provider's row says
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    stop_reason = models.TextField(default="", blank=True)
    # Per key, the device time up to which everything has been read; ISO text, as JSON has no times.
    cursors = models.JSONField(default=dict)
    newest_at = models.DateTimeField(null=True)  # the newest device time ever seen
    next_poll_at = models.DateTimeField(null=True)  # NULL: it speaks by itself, nobody asks it
    leased_until = models.DateTimeField(null=True)
    last_polled_at = models.DateTimeField(null=True)
    last_outcome = models.CharField(max_length=40, default="", blank=True)  # ok, no_data, failed:<class>
    failures = models.IntegerField(default=0)  # in a row
    version = models.IntegerField(default=1)  # counts changes of what is asked
    tested_at = models.DateTimeField(null=True)
    faults = models.JSONField(default=list)  # what the last test found that keeps it from going live
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=200)

    class Meta:
        db_table = "source"
        constraints = [
            models.CheckConstraint(condition=Q(period_s__gte=60), name="source_period_of_a_minute_or_more"),
            models.CheckConstraint(
                condition=Q(least_period_s__gte=0, period_s__gte=models.F("least_period_s")),
                name="source_asks_no_more_than_allowed",
            ),
            models.CheckConstraint(
                condition=Q(phase_s=None) | Q(phase_s__gte=0, phase_s__lt=models.F("period_s")),
                name="source_phase_within_its_period",
            ),
            models.CheckConstraint(
                condition=Q(cadence_s=None) | Q(cadence_s__gte=1), name="source_cadence_of_a_second_or_more"
            ),
            models.CheckConstraint(condition=Q(fallback_rank__range=(0, 99)), name="source_fallback_rank_of_0_to_99"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="source_state_known"),
            models.CheckConstraint(
                condition=Q(state=State.STOPPED) & ~Q(stop_reason="") | ~Q(state=State.STOPPED) & Q(stop_reason=""),
                name="source_stopped_says_why",
            ),
            models.CheckConstraint(condition=Q(failures__gte=0), name="source_failures_counted"),
        ]
        indexes = [
            # collect.claims.claim_due, several times a second: the sources of an account that are due, oldest first.
            models.Index(fields=["provider", "next_poll_at"], name="source_due", condition=Q(state="active")),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id}/{self.id}"

    @property
    def expected_s(self) -> int:
        """Seconds between two readings of the device."""
        return self.cadence_s or self.period_s


class SourceMove(models.Model):
    """A person made, activated, stopped or resumed a source."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="moves", db_index=False)
    at = models.DateTimeField()
    by = models.CharField(max_length=200)
    to = models.CharField(max_length=10, choices=State)
    reason = models.TextField(default="", blank=True)

    class Meta:
        db_table = "source_move"
        constraints = [
            models.CheckConstraint(condition=Q(to__in=State.values), name="source_move_to_a_known_state"),
            models.CheckConstraint(condition=~Q(by=""), name="source_move_says_by_whom"),
        ]
        indexes = [
            # sources.queries.moves_of: a source's history, the newest first.
            models.Index(fields=["source", "-at"], name="source_move_of_source"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} → {self.to}"
