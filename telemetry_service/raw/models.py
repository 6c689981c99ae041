"""What the providers said, as they said it. Append-only: nothing here is ever rewritten."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from telemetry_service.raw.precedence import Rank


class RawTelemetryData(models.Model):
    """One reading: the value a source gave for a key at a device time.

    Partitioned by month of device time, without foreign keys (they cost two thirds of the writing speed).
    """

    pk = models.CompositePrimaryKey("source_id", "key", "device_time")
    source_id = models.UUIDField()
    key = models.TextField()
    device_time = models.DateTimeField()
    value = models.TextField()  # verbatim: "42.50" stays "42.50"
    unit = models.TextField(default="")
    received_at = models.DateTimeField()
    answer_id = models.UUIDField()  # the RawAnswer, found by (received_at, id)
    flags = models.SmallIntegerField(default=0)  # see raw.flags

    class Meta:
        managed = False  # Django cannot make a partitioned table; the migration does
        db_table = "raw_telemetry_data"

    def __str__(self) -> str:
        return f"{self.key} {self.device_time:%Y-%m-%dT%H:%M:%SZ} {self.value}"


class RawConflict(models.Model):
    """The same key and device time said again with another value. The first stays; this one is not lost."""

    source_id = models.UUIDField()
    key = models.TextField()
    device_time = models.DateTimeField()
    value = models.TextField()
    unit = models.TextField(default="")
    received_at = models.DateTimeField()
    answer_id = models.UUIDField()

    class Meta:
        db_table = "raw_conflict"
        constraints = [
            # An answer that comes again teaches nothing.
            models.UniqueConstraint(
                fields=["source_id", "key", "device_time", "value"], name="raw_conflict_value_once"
            ),
        ]
        indexes = [
            # raw.queries.conflicts: the newest first, by source.
            models.Index(fields=["source_id", "-received_at"], name="raw_conflict_of_source"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.device_time:%Y-%m-%dT%H:%M:%SZ} {self.value}"


class RawAnswer(models.Model):
    """An answer that taught us something, byte for byte (deflated), with the digest of the plain bytes."""

    pk = models.CompositePrimaryKey("received_at", "id")
    id = models.UUIDField()
    received_at = models.DateTimeField()
    source_id = models.UUIDField()
    sha256 = models.BinaryField()
    size = models.IntegerField()
    body = models.BinaryField()

    class Meta:
        managed = False
        db_table = "raw_answer"

    def __str__(self) -> str:
        return f"{self.id} ({self.size} B)"


class Series(models.Model):
    """Which variable of which point a source's key is. What a key means is not part of what was said about it.

    `origin` digests the account and what it is asked about: the same device and key can belong to one source only,
    or one meter's water would be counted at two points. Which of several series of a variable speaks is decided by
    `rank`, `holds_s` and the span, see raw.precedence.
    """

    source_id = models.UUIDField()  # a Source of `collect`, which lies above this folder
    origin = models.CharField(max_length=64)
    key = models.TextField()
    point_id = models.UUIDField()
    variable = models.CharField(max_length=40)
    rank = models.SmallIntegerField(default=Rank.FIRST)  # the lowest that has a reading speaks
    holds_s = models.IntegerField(default=0)  # a reading silences higher ranks so many seconds around it
    span_from = models.DateTimeField(null=True)  # it silences higher ranks from here …
    span_to = models.DateTimeField(null=True)  # … to here, both included
    withdrawn_at = models.DateTimeField(null=True)  # it speaks no more, nothing of it is lost
    retired_at = models.DateTimeField(null=True)  # nobody asks for it any more; what it said speaks on

    class Meta:
        db_table = "raw_series"
        constraints = [
            models.CheckConstraint(condition=Q(holds_s__gte=0), name="series_holds_some_time_or_none"),
            models.CheckConstraint(
                condition=Q(span_from=None, span_to=None)
                | Q(span_from__isnull=False, span_to__isnull=False, span_from__lte=models.F("span_to")),
                name="series_span_has_both_ends_in_order",
            ),
            models.UniqueConstraint(fields=["source_id", "key"], name="series_key_once_per_source"),
            # What was withdrawn counts nowhere, and may be read for another point.
            models.UniqueConstraint(
                fields=["origin", "key"], name="series_key_once_per_origin", condition=Q(withdrawn_at=None)
            ),
            models.UniqueConstraint(
                fields=["source_id", "point_id", "variable"],
                name="series_variable_once_per_source",
                condition=Q(withdrawn_at=None, retired_at=None),
            ),
            models.CheckConstraint(condition=~Q(key="") & ~Q(variable=""), name="series_key_and_variable_said"),
        ]
        indexes = [
            # raw.queries.readings: every key of a point.
            models.Index(fields=["point_id"], name="series_of_point"),
        ]

    def __str__(self) -> str:
        return f"{self.key} → {self.variable}"


class ProcessBacklog(models.Model):
    """A point with raw rows that are not measurements yet: a row says what is left to do."""

    point_id = models.UUIDField(primary_key=True)
    from_time = models.DateTimeField()  # the earliest device time that changed
    to_time = models.DateTimeField(null=True)  # the latest; NULL: whatever lies later may be different too
    version = models.BigIntegerField(default=1)  # counts requests: a later arrival is not lost
    requested_at = models.DateTimeField()
    claimed_until = models.DateTimeField(null=True)

    class Meta:
        db_table = "process_backlog"
        indexes = [
            # raw.operations.claim_backlog: the points that waited longest.
            models.Index(fields=["requested_at"], name="process_backlog_oldest"),
        ]

    def __str__(self) -> str:
        return f"{self.point_id} from {self.from_time}"


class Arrival(models.Model):
    """What one store brought that was new, by series and hour: taken once by whoever looks for gaps.

    Arrays, entry by entry: one row a store costs the least of what was measured (docs/collection.md).
    """

    received_at = models.DateTimeField(null=True)  # NULL: rows from before anybody noted arrivals
    sources = ArrayField(models.UUIDField())
    keys = ArrayField(models.TextField())
    firsts = ArrayField(models.DateTimeField())  # oldest device time of the entry …
    lasts = ArrayField(models.DateTimeField())  # … and newest: both within one hour
    counts = ArrayField(models.IntegerField())
    # Values below zero by their device time, where an entry has some: many are no values but a logger's status.
    negatives = ArrayField(models.JSONField(null=True))

    class Meta:
        db_table = "raw_arrival"
        constraints = [
            models.CheckConstraint(
                condition=Q(sources__len__gte=1)
                & Q(keys__len=models.F("sources__len"))
                & Q(firsts__len=models.F("sources__len"))
                & Q(lasts__len=models.F("sources__len"))
                & Q(counts__len=models.F("sources__len"))
                & Q(negatives__len=models.F("sources__len")),
                name="arrival_entries_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} ({len(self.sources)} entries)"
