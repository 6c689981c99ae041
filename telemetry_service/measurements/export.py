"""Measurements as a file, row by row: what is held in memory is a page, however long the file."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from io import StringIO
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import UUID

from openpyxl import Workbook

from telemetry_service.measurements.fields import iso
from telemetry_service.measurements.quality import LABELS, reason_names
from telemetry_service.measurements.queries import Row, Wanted, measurements, units

PAGE = 5_000
PIECE = 64 * 1024
HEADER = ("point", "code", "variable", "time", "value", "unit", "quality", "quality_label", "reasons", "known_since")
# What a sheet of XLSX holds, its header among them.
MOST_OF_A_SHEET = 1_048_576
Fields = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Format:
    """`pieces` of a file from its rows of fields, in the order of HEADER."""

    media_type: str
    pieces: Callable[[Iterable[Fields]], Iterator[bytes]]


def export(wanted: Wanted, *, codes: dict[str, str], form: str, now: datetime) -> Iterator[bytes]:
    """The file in pieces. All of it is what was known at `now`, or at `wanted.as_of`, though it takes a while to read.

    `codes`: each point's code, by id.
    """
    fixed = replace(wanted, as_of=wanted.as_of or now)
    return FORMATS[form].pieces(_fields(row, codes) for row in _rows(fixed))


def _rows(wanted: Wanted) -> Iterator[Row]:
    after = None
    while rows := measurements(wanted, after=after, limit=PAGE):
        yield from rows
        last = rows[-1]
        after = (UUID(last.point_id), last.variable, last.time)


def _fields(row: Row, codes: dict[str, str]) -> Fields:
    return (
        row.point_id,
        codes.get(row.point_id, ""),
        row.variable,
        iso(row.time),
        row.value,
        units().get(row.variable, ""),
        row.quality,
        LABELS[row.quality],
        reason_names(row.reasons) if row.reasons else [],
        iso(row.known_since),
    )


def _csv(rows: Iterable[Fields]) -> Iterator[bytes]:
    """RFC 4180 in UTF-8; the reasons separated by spaces."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for row in rows:
        writer.writerow(_flat(row))
        if text.tell() > PIECE:
            yield _taken(text)
    yield _taken(text)


def _ndjson(rows: Iterable[Fields]) -> Iterator[bytes]:
    text = StringIO()
    for row in rows:
        text.write(json.dumps(dict(zip(HEADER, row, strict=True)), ensure_ascii=False, separators=(",", ":")) + "\n")
        if text.tell() > PIECE:
            yield _taken(text)
    yield _taken(text)


def _xlsx(rows: Iterable[Fields]) -> Iterator[bytes]:
    """A sheet for each million rows. Its times are text: a sheet knows no zones."""
    book = Workbook(write_only=True)
    sheet, room = None, 0
    for row in rows:
        if not room:
            sheet, room = book.create_sheet(), MOST_OF_A_SHEET - 1
            sheet.append(HEADER)
        if sheet is not None:
            sheet.append(_flat(row))
        room -= 1
    if sheet is None:
        book.create_sheet().append(HEADER)
    with TemporaryFile() as file:
        book.save(file)
        yield from _read(file)


def _flat(row: Fields) -> Fields:
    *rest, reasons, known_since = row
    return (*rest, " ".join(reasons), known_since)


def _taken(text: StringIO) -> bytes:
    said = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return said


def _read(file: IO[bytes]) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(PIECE):
        yield piece


FORMATS = {
    "csv": Format("text/csv; charset=utf-8", _csv),
    "ndjson": Format("application/x-ndjson", _ndjson),
    "xlsx": Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", _xlsx),
}
