"""Reads of imports. Who may see some points only sees what he brought himself."""

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from shared.errors import Conflict, NotFound, invalid
from telemetry_service.imports.files.cells import Row, text_of
from telemetry_service.imports.files.shape import Shape
from telemetry_service.imports.files.table import rows_of, shape_of
from telemetry_service.imports.keeping import opened
from telemetry_service.imports.mapping.suggest import Suggestion, suggest
from telemetry_service.imports.models import Import, SavedMapping
from telemetry_service.imports.states import State
from telemetry_service.imports.who import Who

SAMPLED, SHOWN = 200, 20
HAS_RESULT = (State.RUNNING, State.FAILED, State.DONE, State.UNDONE)


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows as text, and what they suggest."""

    shape: Shape
    sheet: str
    rows: list[Row]
    suggestion: Suggestion


def visible(who: Who) -> QuerySet[Import]:
    imports = Import.objects.select_related("file")
    return imports if who.points is None else imports.filter(created_by=who.actor)


def find_import(*, import_id: UUID, who: Who) -> Import:
    batch = visible(who).filter(id=import_id).first()
    if batch is None:
        raise NotFound("No existe esa carga.")
    return batch


def imports_page(*, who: Who, kind: str, after: tuple[datetime, UUID] | None, limit: int) -> list[Import]:
    """The newest first."""
    imports = visible(who).order_by("-created_at", "-id")
    if kind:
        imports = imports.filter(kind=kind)
    if after:
        at, import_id = after
        imports = imports.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=import_id))
    return list(imports[:limit])


def same_file(batch: Import, *, who: Who) -> list[Import]:
    """Other imports of the very same bytes, the newest first."""
    others = visible(who).filter(file=batch.file_id, kind=batch.kind).exclude(id=batch.id)
    return list(others.order_by("-created_at")[:10])


def preview(batch: Import, *, sheet: str = "") -> Preview:
    with opened(batch.file) as stream:
        shape = shape_of(stream)
        with rows_of(stream, shape, sheet=sheet) as found:
            rows = list(islice(found, SAMPLED))
    chosen = sheet or (shape.sheets[0] if shape.sheets else "")
    return Preview(shape, chosen, rows[: SHOWN + 1], suggest(rows, sheet=chosen))


def result_of(batch: Import) -> Iterator[bytes]:
    """The result file, as far as it goes. Raises Conflict before anything was put down."""
    if batch.state not in HAS_RESULT:
        raise Conflict("La carga aún no se ejecuta: no hay resultado.")
    return _result(batch)


def _result(batch: Import) -> Iterator[bytes]:
    for (body,) in batch.chunks.order_by("number").values_list("body").iterator(chunk_size=1):
        yield zlib.decompress(body)


def saved_mappings() -> list[SavedMapping]:
    return list(SavedMapping.objects.order_by("name"))


def saved_mapping(name: str) -> dict[str, Any]:
    saved = SavedMapping.objects.filter(name=name).first()
    if saved is None:
        known = ", ".join(SavedMapping.objects.order_by("name").values_list("name", flat=True)[:20]) or "ninguno"
        raise invalid("mapping_name", "no hay un mapeo con ese nombre", received=name, expected=known)
    return dict(saved.mapping)


def as_texts(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return [{"row": row.number, "cells": [text_of(cell)[:200] for cell in row.cells]} for row in rows]
