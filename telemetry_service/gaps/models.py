"""What is missing, what was done about it, and how complete each day is."""

from django.db import models
from django.db.models import F, Q

from telemetry_service.gaps.states import WAITING, Cause, GapState, Kind
from telemetry_service.sources.models import Source


class Gap(models.Model):
    """Readings that a series should have and has not, strictly between two that it has.

    `to_time` NULL: it lasts. An `asked` one has the bounds that a person gave, and misses nothing that is known.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, db_constraint=False, db_index=False)
    key = models.TextField()
    kind = models.CharField(max_length=10, choices=Kind.choices())
    from_time = models.DateTimeField()
    to_time = models.DateTimeField(null=True)
    missing = models.IntegerField()  # readings that should be there; of one that lasts: days count it, not this
    cadence_s = models.IntegerField()  # the rhythm that it is judged by
    state = models.CharField(max_length=20, choices=GapState.choices())
    cause = models.CharField(max_length=20, choices=Cause.choices())
    tries = models.SmallIntegerField(default=0)
    searched_to = models.DateTimeField(null=True)  # how far the present search has come
    last_searched_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)  # NULL: nobody searches by himself
    counted_to = models.DateTimeField(null=True)  # of one that lasts: the days before this instant count it
    opened_at = models.DateTimeField()
    opened_by = models.CharField(max_length=200, default="", blank=True)  # empty: the system
    settled_at = models.DateTimeField(null=True)  # when it took a state in which nobody searches

    class Meta:
        db_table = "gap"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values()), name="gap_kind_known"),
            models.CheckConstraint(condition=Q(state__in=GapState.values()), name="gap_state_known"),
            models.CheckConstraint(condition=Q(cause__in=Cause.values()), name="gap_cause_known"),
            models.CheckConstraint(
                condition=Q(to_time=None) | Q(to_time__gt=F("from_time")), name="gap_ends_after_it_begins"
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.SILENCE.value, to_time=None)
                | ~Q(kind=Kind.SILENCE.value) & Q(to_time__isnull=False)
                | Q(state=GapState.FILLED.value),
                name="gap_without_end_is_a_silence",
            ),
            models.CheckConstraint(
                condition=Q(missing__gte=0, cadence_s__gte=0, tries__gte=0), name="gap_counts_are_counts"
            ),
            models.CheckConstraint(
                condition=~Q(kind=Kind.ASKED.value) | ~Q(opened_by=""), name="gap_asked_by_somebody"
            ),
            models.CheckConstraint(
                condition=Q(next_try_at=None) | Q(state__in=[state.value for state in WAITING], to_time__isnull=False),
                name="gap_next_try_of_a_waiting_one",
            ),
            models.CheckConstraint(
                condition=~Q(state=GapState.SEARCHING.value) | Q(last_searched_at__isnull=False),
                name="gap_searching_says_since",
            ),
            # Also what look, silences and windows find the gaps of a series by: those at hand are few.
            models.UniqueConstraint(
                fields=["source", "key", "from_time"],
                condition=~Q(state=GapState.FILLED.value) & ~Q(kind=Kind.ASKED.value),
                name="gap_once_from_a_reading",
            ),
        ]
        indexes = [
            # gaps.windows.next_windows, for the sources of every round: those of a source that are due.
            models.Index(fields=["source", "next_try_at"], name="gap_due", condition=Q(next_try_at__isnull=False)),
            # gaps.windows: what is being searched, to settle it or to take it back.
            models.Index(fields=["source"], name="gap_in_hand", condition=Q(state="searching")),
            # gaps.silences: those that last, once a day.
            models.Index(fields=["counted_to"], name="gap_lasting", condition=Q(to_time=None)),
            # gaps.queries.gaps_page: the newest first, of all or of a source.
            models.Index(fields=["-from_time", "-id"], name="gap_newest"),
            models.Index(fields=["source", "-from_time", "-id"], name="gap_newest_of_source"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.key} {self.from_time:%Y-%m-%dT%H:%M:%SZ} {self.state}"


class GapMove(models.Model):
    """One move of a gap from a state to another."""

    gap = models.ForeignKey(Gap, on_delete=models.CASCADE, related_name="moves")
    before = models.CharField(max_length=20, choices=GapState.choices())
    after = models.CharField(max_length=20, choices=GapState.choices())
    cause = models.CharField(max_length=20, choices=Cause.choices())
    note = models.TextField(default="", blank=True)
    moved_by = models.CharField(max_length=200, default="", blank=True)  # empty: the system
    moved_at = models.DateTimeField()

    class Meta:
        db_table = "gap_move"
        constraints = [
            models.CheckConstraint(condition=~Q(before=F("after")), name="gap_move_moves"),
            models.CheckConstraint(
                condition=~Q(after=GapState.CLOSED.value) | ~Q(moved_by=""), name="gap_move_closed_by_somebody"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


class Watch(models.Model):
    """How far a series has been looked at. `cadence_s`: its rhythm after the newest reading, NULL where none shows."""

    pk = models.CompositePrimaryKey("source_id", "key")
    source_id = models.UUIDField()
    key = models.TextField()
    newest_at = models.DateTimeField()
    cadence_s = models.IntegerField(null=True)

    class Meta:
        db_table = "gap_watch"
        constraints = [
            models.CheckConstraint(condition=Q(cadence_s=None) | Q(cadence_s__gte=1), name="gap_watch_cadence_some")
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.key} {self.newest_at}"


class Rhythm(models.Model):
    """What was said of a source's rhythm, from a date on. `cadence_s` NULL: as its readings show."""

    source_id = models.UUIDField()
    valid_from = models.DateTimeField()
    cadence_s = models.IntegerField(null=True)
    tolerance_pct = models.SmallIntegerField(default=150)  # of the rhythm may pass between two readings
    said_by = models.CharField(max_length=200)
    said_at = models.DateTimeField()

    class Meta:
        db_table = "gap_rhythm"
        constraints = [
            models.UniqueConstraint(fields=["source_id", "valid_from"], name="rhythm_once_from_a_date"),
            models.CheckConstraint(condition=Q(cadence_s=None) | Q(cadence_s__gte=1), name="rhythm_some_seconds"),
            models.CheckConstraint(condition=Q(tolerance_pct__range=(110, 1000)), name="rhythm_tolerance_possible"),
            models.CheckConstraint(condition=~Q(said_by=""), name="rhythm_said_by_somebody"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.valid_from}: {self.cadence_s} s"


class Completeness(models.Model):
    """A series' local day: what came, what should have come besides, and the longest stretch without readings."""

    pk = models.CompositePrimaryKey("source_id", "key", "zone", "day")
    source_id = models.UUIDField()
    key = models.TextField()
    zone = models.CharField(max_length=20)
    day = models.DateField()
    received = models.IntegerField(default=0)
    missing = models.IntegerField(default=0)
    longest_gap_s = models.IntegerField(default=0)

    class Meta:
        db_table = "completeness"
        constraints = [
            models.CheckConstraint(
                condition=Q(received__gte=0, missing__gte=0, longest_gap_s__gte=0),
                name="completeness_counts_are_counts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} {self.key} {self.day}: {self.received} of {self.received + self.missing}"
