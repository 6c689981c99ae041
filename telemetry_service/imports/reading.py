"""The rows of an import's file, under its mapping."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from shared.errors import invalid
from telemetry_service.imports.files.cells import Row, text_of
from telemetry_service.imports.files.shape import Shape
from telemetry_service.imports.files.table import rows_of, shape_of
from telemetry_service.imports.keeping import opened
from telemetry_service.imports.mapping.mapping import Mapping, unpack
from telemetry_service.imports.mapping.points import KnownPoint, PointBook
from telemetry_service.imports.mapping.rows import Bounds, RowReader
from telemetry_service.imports.models import Import
from telemetry_service.points.queries import known_points
from telemetry_service.raw.partitions import kept_from

MOST_ROWS = 200_000
MINUTE_S = 60


@dataclass(frozen=True, slots=True)
class Opened:
    """`rows` are those under the header, from the first."""

    reader: RowReader
    titles: tuple[str, ...]
    shape: Shape
    rows: Iterator[Row]

    @property
    def delimiter(self) -> str:
        """Of the result file: what came, or what a Chilean spreadsheet expects."""
        return self.shape.delimiter or ";"


@contextmanager
def open_rows(batch: Import, *, now: datetime) -> Iterator[Opened]:
    """Raises InvalidInput where the file and the mapping do not fit."""
    mapping = unpack(batch.mapping or {})
    with opened(batch.file) as stream:
        shape = shape_of(stream, encoding=mapping.file.encoding, delimiter=mapping.file.delimiter)
        with rows_of(stream, shape, sheet=mapping.file.sheet) as rows:
            header = _header(rows, mapping)
            reader = RowReader(mapping, header, book_of(batch), bounds_of(now))
            yield Opened(reader, tuple(text_of(cell) for cell in header.cells), shape, _counted(rows))


def book_of(batch: Import) -> PointBook:
    allowed = None if batch.points is None else set(batch.points)
    return PointBook(
        KnownPoint(point.id, point.code, (point.sampling_frequency or 0) * MINUTE_S)
        for point in known_points().values()
        if allowed is None or str(point.id) in allowed
    )


def bounds_of(now: datetime) -> Bounds:
    return Bounds(oldest=kept_from(now), now=now)


def pieces(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    while piece := list(islice(rows, size)):
        yield piece


def _header(rows: Iterator[Row], mapping: Mapping) -> Row:
    wanted = mapping.file.header_row
    header = next((row for row in rows if row.number >= wanted), None)
    if header is None or header.number != wanted:
        raise invalid("mapping.file.header_row", "esa fila está vacía", received=wanted, expected="la de la cabecera")
    return header


def _counted(rows: Iterator[Row]) -> Iterator[Row]:
    count = 0
    for count, row in enumerate(rows, start=1):
        if count > MOST_ROWS:
            raise invalid("file", f"tiene más de {MOST_ROWS} filas", expected="varios archivos, por ejemplo por meses")
        yield row
    if not count:
        raise invalid("file", "no hay filas bajo la cabecera", expected="una fila por lectura")
