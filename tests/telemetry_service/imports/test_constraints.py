"""What the database refuses, whoever asks."""

import uuid
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from telemetry_service.imports.models import Chunk, File, Import, Line, Move, Piece, SavedMapping
from tests.telemetry_service.conftest import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def file() -> File:
    return File.objects.create(sha256=b"x" * 32, size=1, received_at=NOW)


@pytest.fixture
def made(file: File) -> Import:
    return make(file)


def make(file: File, **more: Any) -> Import:
    said = {"file": file, "created_at": NOW, "created_by": "user:ops@example.cl", "moved_at": NOW}
    return Import.objects.create(**(said | more))


MAPPED: dict[str, Any] = {"mapping": {}, "mode": "insert"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("import_kind_known", {"kind": "fax"}),
        ("import_state_known", MAPPED | {"state": "lost"}),
        ("import_mode_known", {"mode": "guess"}),
        ("import_checked_with_mapping_and_mode", {"state": "checked", "mode": "insert"}),
        ("import_checked_with_mapping_and_mode", {"state": "queued", "mapping": {}}),
        ("import_replacement_says_why", MAPPED | {"state": "queued", "mode": "replace"}),
        ("import_replacement_says_why", MAPPED | {"state": "done", "kind": "manual"}),
        ("import_stopped_says_why", MAPPED | {"state": "failed"}),
        ("import_stopped_says_why", MAPPED | {"state": "done", "problem": {"detail": "x"}}),
        ("import_rows_done_of_total", {"rows_done": -1}),
        ("import_rows_done_of_total", {"rows_done": 2, "rows_total": 1}),
    ],
)
def test_an_import(file: File, name: str, said: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        make(file, **said)


def test_one_runs_at_a_time(file: File) -> None:
    make(file, **MAPPED, state="running")
    with pytest.raises(IntegrityError, match="import_runs_alone"), transaction.atomic():
        make(file, **MAPPED, state="running")


def test_a_file_is_kept_once_and_is_not_empty(file: File) -> None:
    with pytest.raises(IntegrityError, match="import_file_once"), transaction.atomic():
        File.objects.create(sha256=b"x" * 32, size=2, received_at=NOW)
    with pytest.raises(IntegrityError, match="import_file_not_empty"), transaction.atomic():
        File.objects.create(sha256=b"y" * 32, size=0, received_at=NOW)
    Piece.objects.create(file=file, number=0, body=b"x")
    with pytest.raises(IntegrityError, match="import_piece_once"), transaction.atomic():
        Piece.objects.create(file=file, number=0, body=b"x")


def test_a_piece_of_the_result_is_written_once_and_in_order(made: Import) -> None:
    Chunk.objects.create(batch=made, number=0, first_row=2, last_row=2, body=b"x")
    with pytest.raises(IntegrityError, match="import_chunk_once"), transaction.atomic():
        Chunk.objects.create(batch=made, number=0, first_row=3, last_row=3, body=b"x")
    with pytest.raises(IntegrityError, match="import_chunk_rows_in_order"), transaction.atomic():
        Chunk.objects.create(batch=made, number=1, first_row=3, last_row=2, body=b"x")


def test_a_variable_of_a_point_is_one_line_of_an_import(made: Import) -> None:
    said: dict[str, Any] = {"batch": made, "point_id": uuid.uuid4(), "variable": "flow", "key": "A/flow", "holds_s": 0}
    Line.objects.create(**said)
    with pytest.raises(IntegrityError, match="import_line_once"), transaction.atomic():
        Line.objects.create(**said)
    said["variable"] = "level"
    with pytest.raises(IntegrityError, match="import_line_span_in_order"), transaction.atomic():
        Line.objects.create(**said, first_at=NOW)
    with pytest.raises(IntegrityError, match="import_line_span_in_order"), transaction.atomic():
        Line.objects.create(**said, first_at=NOW, last_at=NOW.replace(hour=1))


@pytest.mark.parametrize(("before", "after"), [("done", "undone"), ("undone", "done")])
def test_who_undoes_says_why(made: Import, before: str, after: str) -> None:
    with pytest.raises(IntegrityError, match="import_undo_says_why"), transaction.atomic():
        Move.objects.create(batch=made, before=before, after=after, moved_by="user:x", moved_at=NOW)


def test_a_saved_mapping_has_a_name() -> None:
    with pytest.raises(IntegrityError, match="import_mapping_named"), transaction.atomic():
        SavedMapping.objects.create(name="", mapping={}, saved_at=NOW, saved_by="user:x")
