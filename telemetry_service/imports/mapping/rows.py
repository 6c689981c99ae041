"""From the cells of a row to readings: one for each column of values, or what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from shared.errors import FieldError, InvalidInput, invalid
from telemetry_service.imports.files.cells import Cell, CellProblem, Row, is_blank, text_of
from telemetry_service.imports.mapping.mapping import LongColumns, Mapping, Meaning, index_of, plain
from telemetry_service.imports.mapping.numbers import number_text
from telemetry_service.imports.mapping.points import KnownPoint, PointBook
from telemetry_service.imports.mapping.times import TimeReader
from telemetry_service.imports.mapping.units import fits, units_of
from telemetry_service.imports.mapping.zones import zone_of

# A logger's clock runs a little ahead of ours.
AHEAD = timedelta(minutes=5)


class Value(NamedTuple):
    """A reading on its way in. `text` is a number with a decimal point; `unit` empty is ours."""

    point: KnownPoint
    variable: str
    at: datetime
    text: str
    unit: str


class Problem(NamedTuple):
    """Why a cell gave no reading."""

    column: str
    problem: str
    received: str
    expected: str


@dataclass(frozen=True, slots=True)
class Bounds:
    """Readings from `oldest` on; none from the future."""

    oldest: datetime
    now: datetime


Slot = Value | Problem | None  # None: the cell is blank


class RowReader:
    """Reads the rows under `header`. Raises InvalidInput where the mapping does not fit the header."""

    def __init__(self, mapping: Mapping, header: Row, points: PointBook, bounds: Bounds) -> None:
        self.mapping, self.points, self.bounds = mapping, points, bounds
        self.width = len(header.cells)
        self.columns = _columns(mapping, [text_of(cell) for cell in header.cells])
        self.times = TimeReader(formats=mapping.time.formats, zone=zone_of(mapping.time.zone))
        self.constant = _constant(mapping, points)
        self.names = {plain(name.name): name for name in mapping.long.names} if mapping.long else {}

    def read(self, row: Row) -> list[Slot]:
        """In the order of `mapping.value_columns`."""
        if self._is_left_out(row):
            return [None]
        try:
            self._check_width(row)
            point = self.constant or self._point(row)
            at = self._time(row)
        except _Wrong as wrong:
            columns = self.mapping.value_columns
            return [None if is_blank(self._cell(row, column)) else wrong.problem for column in columns]
        if self.mapping.long:
            return [self._long(row, self.mapping.long, point, at)]
        return [
            self._value(row, value.column, Meaning("", value.variable, value.unit), point, at)
            for value in self.mapping.values
        ]

    def _is_left_out(self, row: Row) -> bool:
        if self.mapping.long is None:
            return False
        meaning = self.names.get(plain(text_of(self._cell(row, self.mapping.long.variable))))
        return meaning is not None and not meaning.variable

    def _check_width(self, row: Row) -> None:
        """A decimal comma in a file that commas separate shifts every cell behind it."""
        if len(row.cells) > self.width and not all(is_blank(cell) for cell in row.cells[self.width :]):
            problem = f"la fila tiene {len(row.cells)} celdas y la cabecera {self.width}"
            raise _Wrong(Problem("", problem, "", "una celda por columna; entre comillas la que lleve el separador"))

    def _point(self, row: Row) -> KnownPoint:
        column = self.mapping.point.column
        cell = self._cell(row, column)
        try:
            return self.points.find(text_of(cell))
        except CellProblem as problem:
            raise _wrong(column, cell, problem) from problem

    def _time(self, row: Row) -> datetime:
        said = self.mapping.time
        cell = self._cell(row, said.column)
        clock = self._cell(row, said.clock) if said.clock else None
        try:
            at = self.times.read(cell, clock, has_clock=bool(said.clock))
            self._check_bounds(at)
        except CellProblem as problem:
            raise _wrong(said.column, cell, problem) from problem
        return at

    def _check_bounds(self, at: datetime) -> None:
        if at > self.bounds.now + AHEAD:
            raise CellProblem("está en el futuro", "una hora que ya pasó; revise la zona y el orden de día y mes")
        if at < self.bounds.oldest:
            raise CellProblem(
                "es anterior a las lecturas que se conservan", f"desde {self.bounds.oldest:%Y-%m-%d} en adelante"
            )

    def _long(self, row: Row, columns: LongColumns, point: KnownPoint, at: datetime) -> Slot:
        if is_blank(self._cell(row, columns.value)):
            return None
        said = self._cell(row, columns.variable)
        meaning = self.names.get(plain(text_of(said)))
        if meaning is None:
            known = ", ".join(name.name for name in self.mapping.long.names) if self.mapping.long else ""
            return Problem(columns.variable, "no se sabe qué variable es", text_of(said), f"una de: {known}")
        if columns.unit:
            unit = text_of(self._cell(row, columns.unit)).strip()
            if not fits(meaning.variable, unit):
                known = ", ".join(units_of(meaning.variable))
                return Problem(columns.unit, f"no es una unidad de {meaning.variable}", unit, f"una de: {known}")
            meaning = Meaning(meaning.name, meaning.variable, unit or meaning.unit)
        return self._value(row, columns.value, meaning, point, at)

    def _value(self, row: Row, column: str, meaning: Meaning, point: KnownPoint, at: datetime) -> Slot:
        cell = self._cell(row, column)
        try:
            text = number_text(cell, self.mapping.number)
        except CellProblem as problem:
            return _wrong(column, cell, problem).problem
        return Value(point, meaning.variable, at, text, meaning.unit) if text else None

    def _cell(self, row: Row, column: str) -> Cell:
        index = self.columns[column]
        return row.cells[index] if index < len(row.cells) else None


class _Wrong(Exception):
    """The whole row is of no use."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.problem)
        self.problem = problem


def _wrong(column: str, cell: Cell, problem: CellProblem) -> _Wrong:
    return _Wrong(Problem(column, problem.problem, text_of(cell)[:200], problem.expected))


def _columns(mapping: Mapping, header: Sequence[str]) -> dict[str, int]:
    long = mapping.long
    names = [mapping.time.column, mapping.time.clock, mapping.point.column, *mapping.value_columns]
    names += [long.variable, long.unit] if long else []
    found: dict[str, int] = {}
    errors: list[FieldError] = []
    for name in filter(None, names):
        try:
            found[name] = index_of(header, name)
        except LookupError as error:
            errors += invalid(
                "mapping", f"la columna «{name}» {error}", expected="una de: " + ", ".join(filter(None, header))
            ).errors
    if errors:
        raise InvalidInput("Las columnas del archivo no son las del mapeo.", errors=errors)
    return found


def _constant(mapping: Mapping, points: PointBook) -> KnownPoint | None:
    if not mapping.point.constant:
        return None
    try:
        return points.find(mapping.point.constant)
    except CellProblem as problem:
        raise invalid(
            "mapping.point.constant", problem.problem, received=mapping.point.constant, expected=problem.expected
        ) from problem
