"""What a person brought: the file as it came, what was made of it and by whom. Its readings are raw rows.

An import is a source of its own: its id is the `source_id` of its raw rows, and a row of raw.Series says for each point
and variable how it stands to the others. While it is put down, and after it was undone, its series are withdrawn.
"""

import uuid

from django.db import models
from django.db.models import F, Q

from telemetry_service.imports.modes import Mode
from telemetry_service.imports.states import STOPPED, State

BEFORE_RUN = (State.UPLOADED, State.CHECKING, State.CHECKED, State.REFUSED)


class Kind(models.TextChoices):
    FILE = "file", "Archivo"
    MANUAL = "manual", "Lecturas a mano"


class File(models.Model):
    """Bytes that came, once however often they came."""

    sha256 = models.BinaryField()
    size = models.BigIntegerField()
    received_at = models.DateTimeField()

    class Meta:
        db_table = "import_file"
        constraints = [
            models.UniqueConstraint(fields=["sha256"], name="import_file_once"),
            models.CheckConstraint(condition=Q(size__gt=0), name="import_file_not_empty"),
        ]

    def __str__(self) -> str:
        return f"{bytes(self.sha256).hex()[:12]} ({self.size} B)"


class Piece(models.Model):
    """A part of the bytes, deflated."""

    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="pieces")
    number = models.IntegerField()
    body = models.BinaryField()

    class Meta:
        db_table = "import_piece"
        constraints = [models.UniqueConstraint(fields=["file", "number"], name="import_piece_once")]

    def __str__(self) -> str:
        return f"{self.file_id}/{self.number}"


class Import(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.FILE)
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="imports")
    file_name = models.CharField(max_length=200, default="", blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    mode = models.CharField(max_length=10, choices=[(mode.value, mode.value) for mode in Mode], default="", blank=True)
    mapping = models.JSONField(null=True)
    points = models.JSONField(null=True)  # ids that whoever checked and ran it may write to; NULL: all
    note = models.TextField(default="", blank=True)
    report = models.JSONField(null=True)  # of the check, or of manual readings what became of them
    problem = models.JSONField(null=True)  # why it stopped: {"detail", "errors"}
    counts = models.JSONField(default=dict)  # verdict: how many
    rows_total = models.IntegerField(null=True)
    rows_done = models.IntegerField(default=0)
    failures = models.IntegerField(default=0)  # in a row, that nobody meant
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=300)
    moved_at = models.DateTimeField()  # to its present state

    class Meta:
        db_table = "import"
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="import_kind_known"),
            models.CheckConstraint(condition=Q(state__in=State.values), name="import_state_known"),
            models.CheckConstraint(condition=Q(mode__in=["", *Mode]), name="import_mode_known"),
            models.CheckConstraint(
                condition=Q(state=State.UPLOADED) | Q(kind=Kind.MANUAL) | Q(mapping__isnull=False) & ~Q(mode=""),
                name="import_checked_with_mapping_and_mode",
            ),
            # Who silences what a device said says why.
            models.CheckConstraint(
                condition=~Q(mode=Mode.REPLACE) & Q(kind=Kind.FILE) | Q(state__in=BEFORE_RUN) | ~Q(note=""),
                name="import_replacement_says_why",
            ),
            models.CheckConstraint(
                condition=Q(state__in=STOPPED, problem__isnull=False) | ~Q(state__in=STOPPED) & Q(problem__isnull=True),
                name="import_stopped_says_why",
            ),
            models.CheckConstraint(
                condition=Q(rows_done__gte=0) & (Q(rows_total=None) | Q(rows_done__lte=F("rows_total"))),
                name="import_rows_done_of_total",
            ),
            # Of two at once neither would see what the other is putting down.
            models.UniqueConstraint(fields=["state"], condition=Q(state=State.RUNNING), name="import_runs_alone"),
        ]
        indexes = [
            # work.next_import asks every few seconds: of many imports few are waiting.
            models.Index(fields=["moved_at"], name="import_waiting", condition=Q(state__in=["checking", "queued"])),
            # queries.imports_page: the newest first.
            models.Index(fields=["-created_at", "-id"], name="import_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.file_name or self.kind} ({self.state})"


class Move(models.Model):
    """Who moved it, when, and why."""

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="moves")
    before = models.CharField(max_length=10)
    after = models.CharField(max_length=10)
    moved_by = models.CharField(max_length=300)
    moved_at = models.DateTimeField()
    note = models.TextField(default="", blank=True)

    class Meta:
        db_table = "import_move"
        constraints = [
            models.CheckConstraint(
                condition=~Q(after=State.UNDONE) & ~Q(before=State.UNDONE) | ~Q(note=""), name="import_undo_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"


class Chunk(models.Model):
    """The part of the result file that a transaction made, deflated: rows `first_row` to `last_row` of the file."""

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="chunks")
    number = models.IntegerField()
    first_row = models.IntegerField()
    last_row = models.IntegerField()
    body = models.BinaryField()

    class Meta:
        db_table = "import_chunk"
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="import_chunk_once"),
            models.CheckConstraint(condition=Q(first_row__lte=F("last_row")), name="import_chunk_rows_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.number}"


class Line(models.Model):
    """A variable of a point in an import. `newest_at`: the newest reading known before it began."""

    batch = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="lines")
    point_id = models.UUIDField()
    variable = models.CharField(max_length=40)
    key = models.TextField()  # of its raw rows
    holds_s = models.IntegerField()
    newest_at = models.DateTimeField(null=True)
    first_at = models.DateTimeField(null=True)  # of what was stored
    last_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "import_line"
        constraints = [
            models.UniqueConstraint(fields=["batch", "point_id", "variable"], name="import_line_once"),
            models.CheckConstraint(
                condition=Q(first_at=None, last_at=None)
                | Q(first_at__isnull=False, last_at__isnull=False, first_at__lte=F("last_at")),
                name="import_line_span_in_order",
            ),
        ]

    def __str__(self) -> str:
        return self.key


class SavedMapping(models.Model):
    """A mapping by a name that people gave it."""

    name = models.CharField(max_length=100, primary_key=True)
    mapping = models.JSONField()
    saved_at = models.DateTimeField()
    saved_by = models.CharField(max_length=300)

    class Meta:
        db_table = "import_mapping"
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="import_mapping_named")]

    def __str__(self) -> str:
        return self.name
