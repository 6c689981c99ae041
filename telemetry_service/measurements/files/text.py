"""CSV and NDJSON, row by row."""

import csv
import json
from collections.abc import Iterable, Iterator
from io import StringIO
from typing import Any

from telemetry_service.measurements.fields import iso
from telemetry_service.measurements.files import rows as written
from telemetry_service.measurements.files.rows import HEADER, Fields


def write_csv(rows: Iterable[Fields]) -> Iterator[bytes]:
    """RFC 4180 in UTF-8; the reasons separated by spaces."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for row in rows:
        writer.writerow(flat(row))
        if text.tell() > written.PIECE:
            yield _taken(text)
    yield _taken(text)


def write_ndjson(rows: Iterable[Fields]) -> Iterator[bytes]:
    text = StringIO()
    for row in rows:
        said = row._asdict() | {"time": iso(row.time), "known_since": iso(row.known_since)}
        text.write(json.dumps(said, ensure_ascii=False, separators=(",", ":")) + "\n")
        if text.tell() > written.PIECE:
            yield _taken(text)
    yield _taken(text)


def flat(row: Fields) -> tuple[Any, ...]:
    """One value a column: instants as text, as a sheet knows no zones."""
    point, code, variable, time, value, unit, quality, label, reasons, known_since = row
    return (point, code, variable, iso(time), value, unit, quality, label, " ".join(reasons), iso(known_since))


def _taken(text: StringIO) -> bytes:
    said = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return said
