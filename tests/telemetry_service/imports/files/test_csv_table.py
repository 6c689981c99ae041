from collections.abc import Callable
from io import BytesIO

import pytest

from shared.errors import InvalidInput
from telemetry_service.imports.files.table import rows_of, shape_of

Csv = Callable[..., BytesIO]


def rows(stream: BytesIO) -> list[tuple[int, tuple[object, ...]]]:
    with rows_of(stream, shape_of(stream)) as found:
        return [tuple(row) for row in found]


def test_rows_are_counted_as_a_spreadsheet_counts_and_blank_ones_are_left_out(csv_file: Csv) -> None:
    stream = csv_file("fecha;caudal", "", "25-03-2024;1", " ; ", "26-03-2024;2")
    assert rows(stream) == [(1, ("fecha", "caudal")), (3, ("25-03-2024", "1")), (5, ("26-03-2024", "2"))]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "latin-1", "utf-16"])
def test_a_header_with_accents_comes_as_it_is(csv_file: Csv, encoding: str) -> None:
    assert rows(csv_file("Fecha medición;Caudal", "x;1", encoding=encoding))[0][1][0] == "Fecha medición"


def test_a_quoted_cell_may_hold_anything(csv_file: Csv) -> None:
    assert rows(csv_file("fecha,nota", '1,"dos\nlíneas, y ""comillas"""'))[1] == (2, ("1", 'dos\nlíneas, y "comillas"'))


def test_a_quote_that_never_closes_is_refused_where_it_is(csv_file: Csv) -> None:
    stream = csv_file("fecha;caudal", "1;2", '3;"4', *["5;6"] * 60_000)
    with pytest.raises(InvalidInput, match="más allá de la fila 3"):
        rows(stream)


def test_a_file_is_read_row_by_row(csv_file: Csv) -> None:
    stream = csv_file("fecha;caudal", *["1;2"] * 100_000)
    shape = shape_of(stream)
    with rows_of(stream, shape) as found:
        next(found)
        assert stream.tell() < 100_000
