"""Each cell of values becomes a reading, nothing, or a reason."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.errors import InvalidInput
from telemetry_service.imports.files.cells import Cell, Row
from telemetry_service.imports.mapping.mapping import (
    LongColumns,
    Mapping,
    Meaning,
    PointColumn,
    TimeColumns,
    ValueColumn,
)
from telemetry_service.imports.mapping.numbers import NumberForm
from telemetry_service.imports.mapping.points import KnownPoint, PointBook
from telemetry_service.imports.mapping.rows import AHEAD, Bounds, Problem, RowReader, Slot, Value

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
WELL, RIVER = KnownPoint(UUID(int=1), "OB-1", 3600), KnownPoint(UUID(int=2), "Río 2")
BOOK = PointBook([WELL, RIVER])
BOUNDS = Bounds(NOW - timedelta(days=1000), NOW)
AT = datetime(2024, 3, 25, 15, tzinfo=UTC)
WIDE = Mapping(
    TimeColumns("fecha"),
    PointColumn("punto"),
    values=(ValueColumn("caudal", "flow", "m3/h"), ValueColumn("nivel", "level")),
    number=NumberForm(","),
)
LONG = Mapping(
    TimeColumns("fecha"),
    PointColumn(constant="ob-1"),
    long=LongColumns("qué", "valor", "unidad", (Meaning("Caudal", "flow", "l/s"), Meaning("5003", "total"))),
)


def read(mapping: Mapping, header: Sequence[str], *cells: Cell) -> list[Slot]:
    return RowReader(mapping, Row(1, tuple(header)), BOOK, BOUNDS).read(Row(2, cells))


def wide(*cells: Cell) -> list[Slot]:
    return read(WIDE, ["punto", "fecha", "nota", "caudal", "nivel"], *cells)


def long(*cells: Cell) -> list[Slot]:
    return read(LONG, ["fecha", "qué", "valor", "unidad"], *cells)


def problem_of(slot: Slot) -> tuple[str, str]:
    assert isinstance(slot, Problem), slot
    assert slot.expected
    return slot.column, slot.problem


def test_a_wide_row_is_a_reading_for_each_of_its_columns() -> None:
    expected = [Value(WELL, "flow", AT, "12.5", "m3/h"), Value(WELL, "level", AT, "3", "")]
    assert wide("OB-1", "25-03-2024 12:00", "x", "12,5", "3") == expected


def test_a_blank_cell_is_no_reading_and_no_fault() -> None:
    assert wide("OB-1", "25-03-2024 12:00", "", "", "3")[0] is None
    assert wide("OB-1", "25-03-2024 12:00", "", "1")[1] is None


@pytest.mark.parametrize("name", ["ob-1", " OB-1 ", str(WELL.id)])
def test_a_point_goes_by_code_or_id(name: str) -> None:
    (flow, _) = wide(name, "25-03-2024 12:00", "", "1", "")
    assert isinstance(flow, Value)
    assert flow.point is WELL


@pytest.mark.parametrize(
    ("cells", "column", "said"),
    [
        (("OB-9", "25-03-2024 12:00", "", "1", "2"), "punto", "no existe ese punto"),
        (("", "25-03-2024 12:00", "", "1", "2"), "punto", "falta el punto"),
        (("OB-1", "ayer", "", "1", "2"), "fecha", "no se reconoce la fecha"),
        (("OB-1", "06-04-2024 23:30", "", "1", "2"), "fecha", "ocurrió dos veces"),
        (("OB-1", "25-03-2034 12:00", "", "1", "2"), "fecha", "está en el futuro"),
        (("OB-1", "25-03-2014 12:00", "", "1", "2"), "fecha", "es anterior a las lecturas que se conservan"),
        (("OB-1", "25-03-2024 12:00", "", "1", "2", "3"), "", "tiene 6 celdas y la cabecera 5"),
    ],
)
def test_what_spoils_the_row_spoils_each_of_its_readings(cells: Any, column: str, said: str) -> None:
    slots = wide(*cells)
    assert slots[0] == slots[1]
    found = problem_of(slots[0])
    assert found[0] == column
    assert said in found[1]


def test_what_spoils_a_cell_leaves_its_neighbour() -> None:
    flow, level = wide("OB-1", "25-03-2024 12:00", "", "12.5", "3")
    assert problem_of(flow) == ("caudal", "usa «.», y el decimal es «,»")
    assert isinstance(level, Value)


def test_where_there_is_no_reading_there_is_no_fault() -> None:
    assert wide("OB-9", "ayer", "", "", None) == [None, None]
    assert wide("OB-9", "ayer", "", "", "3")[0] is None


def test_blank_cells_beyond_the_header_do_no_harm() -> None:
    assert isinstance(wide("OB-1", "25-03-2024 12:00", "", "1", "2", "", None)[0], Value)


def test_a_clock_that_runs_a_little_ahead_is_no_fault() -> None:
    slots = [wide("OB-1", (NOW + ahead).isoformat(), "", "1", "") for ahead in (AHEAD, AHEAD + timedelta(seconds=1))]
    assert isinstance(slots[0][0], Value)
    assert problem_of(slots[1][0])[1] == "está en el futuro"


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (("25-03-2024 12:00", "caudal", "12.5", "m3/h"), Value(WELL, "flow", AT, "12.5", "m3/h")),
        (("25-03-2024 12:00", "CAUDAL", "12.5", ""), Value(WELL, "flow", AT, "12.5", "l/s")),
        (("25-03-2024 12:00", 5003, 42500, ""), Value(WELL, "total", AT, "42500", "")),
        (("25-03-2024 12:00", "otra", "", ""), None),
    ],
)
def test_a_long_row_is_one_reading(cells: Any, expected: Slot) -> None:
    assert long(*cells) == [expected]


@pytest.mark.parametrize(
    ("cells", "column", "said"),
    [
        (("25-03-2024 12:00", "otra", "1", ""), "qué", "no se sabe qué variable es"),
        (("25-03-2024 12:00", "caudal", "1", "pies"), "unidad", "no es una unidad de flow"),
        (("25-03-2024 12:00", "caudal", "x", ""), "valor", "no es un número"),
    ],
)
def test_a_long_row_that_says_nothing_known(cells: Any, column: str, said: str) -> None:
    assert problem_of(long(*cells)[0]) == (column, said)


def test_a_name_that_is_none_of_ours_leaves_its_rows_out() -> None:
    names = (Meaning("Caudal", "flow"), Meaning("Batería", ""))
    mapping = Mapping(TimeColumns("fecha"), PointColumn("punto"), long=LongColumns("qué", "valor", "", names))
    assert read(mapping, ["punto", "fecha", "qué", "valor"], "OB-9", "ayer", "bateria", "99 %") == [None]


def test_every_missing_column_is_named_at_once() -> None:
    with pytest.raises(InvalidInput) as caught:
        read(WIDE, ["fecha", "nivel", "Nivel", "nivel"])
    problems = [error.problem for error in caught.value.errors]
    assert problems == [
        "la columna «punto» no está en la cabecera",
        "la columna «caudal» no está en la cabecera",
        "la columna «nivel» está más de una vez",
    ]


def test_a_constant_point_must_be_one_of_ours() -> None:
    mapping = Mapping(TimeColumns("fecha"), PointColumn(constant="OB-9"), values=(ValueColumn("caudal", "flow"),))
    with pytest.raises(InvalidInput, match="no existe ese punto"):
        read(mapping, ["fecha", "caudal"])


def test_two_points_of_one_code_are_neither() -> None:
    twice = PointBook([WELL, KnownPoint(UUID(int=3), "ob-1")])
    reader = RowReader(WIDE, Row(1, ("punto", "fecha", "caudal", "nivel")), twice, BOUNDS)
    assert (
        problem_of(reader.read(Row(2, ("OB-1", "25-03-2024 12:00", "1", "2")))[0])[1] == "dos puntos tienen ese código"
    )
