"""A file of any kind as rows of cells."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import IO

from telemetry_service.imports.files.cells import Row
from telemetry_service.imports.files.csv_table import csv_rows
from telemetry_service.imports.files.shape import Shape, format_of, shape_of_text
from telemetry_service.imports.files.xlsx_table import shape_of_book, xlsx_rows


def shape_of(stream: IO[bytes], *, encoding: str = "", delimiter: str = "") -> Shape:
    """What the file is; `encoding` and `delimiter` where somebody knows better. Raises InvalidInput."""
    if format_of(stream) == "xlsx":
        return shape_of_book(stream)
    return shape_of_text(stream, encoding=encoding, delimiter=delimiter)


@contextmanager
def rows_of(stream: IO[bytes], shape: Shape, *, sheet: str = "") -> Iterator[Iterator[Row]]:
    """Every row that is not blank, the header among them. Whoever has seen enough may leave in the middle."""
    rows = xlsx_rows(stream, shape, sheet) if shape.format == "xlsx" else csv_rows(stream, shape)
    with closing(rows):
        yield rows
