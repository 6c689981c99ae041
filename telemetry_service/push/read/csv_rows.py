"""CSV with a header that names the fields: the same rows as in JSON, every cell a text."""

import csv
from collections.abc import Iterator, Sequence
from io import StringIO

import msgspec
from msgspec import UNSET, UnsetType

from shared.errors import FieldError
from telemetry_service.push.errors import TooLarge, Unreadable
from telemetry_service.push.read.body import MOST_ROWS
from telemetry_service.push.read.explain import time_error
from telemetry_service.push.read.said import FIELDS, Aware, Faults, Name, Row, Said, said, seconds_of
from telemetry_service.push.read.values import Wrong, read_text

Cells = dict[str, str]


def read_csv(body: bytes) -> Said:
    """Raises Unreadable for a header that does not fit and for what is no CSV in UTF-8, TooLarge for too many rows."""
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable("no es UTF-8", position=error.start) from error
    reader = csv.reader(StringIO(text), delimiter=_delimiter(text), strict=True)
    try:
        lines = [line for line in reader if line]
    except csv.Error as error:
        raise Unreadable(f"línea {reader.line_num} del CSV: {error}", position=len(body)) from error
    if not lines:
        raise Unreadable("el CSV está vacío", position=0)
    if len(lines) - 1 > MOST_ROWS:
        raise TooLarge(f"Trae {len(lines) - 1} filas; a lo más {MOST_ROWS}: divídalo.")
    return _said(_header(lines[0]), lines[1:])


def _header(cells: Sequence[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    wrong = [name for name in names if name not in FIELDS or names.count(name) > 1]
    if wrong or "source" not in names:
        raise Unreadable(
            f"la primera línea debe nombrar las columnas, cada una una vez, de: {', '.join(FIELDS)}", position=0
        )
    return names


def _said(header: Sequence[str], lines: Sequence[Sequence[str]]) -> Said:
    faults = Faults()
    names: list[Name] = []
    times: list[float | None] = []
    values: list[bytes | None] = []
    units: list[str] = []
    for number, line in enumerate(lines):
        if len(line) != len(header):
            faults.add(
                number, FieldError("(fila)", f"tiene {len(line)} celdas", None, f"{len(header)}, como el encabezado")
            )
        cells = dict(zip(header, line, strict=False))
        is_whole = number not in faults.found
        names.append((cells.get("source", "").strip(), _named(cells, "key"), _named(cells, "variable")))
        times.append(faults.tried(number, _seconds, cells) if is_whole else None)
        values.append(faults.tried(number, read_text, cells.get("value", "")) if is_whole else None)
        units.append(cells.get("unit", "").strip())
    return said(names, times, values, units, faults)


def _seconds(cells: Cells) -> float:
    row = Row()
    for name, text in _times(cells):
        try:
            setattr(row, name, msgspec.convert(text, TYPES[name], strict=False))
        except msgspec.ValidationError as error:
            found = time_error(text) if name == "time" else None
            problem, expected = (found.problem, found.expected) if found else ("no es un número", RIGHT[name])
            raise Wrong(name, problem, text[:60], expected) from error
    return seconds_of(row)


def _times(cells: Cells) -> Iterator[tuple[str, str]]:
    return ((name, text) for name in TYPES if (text := cells.get(name, "").strip()))


def _named(cells: Cells, column: str) -> str | UnsetType:
    return cells.get(column, "").strip() or UNSET


def _delimiter(text: str) -> str:
    header = text.partition("\n")[0]
    return ";" if header.count(";") > header.count(",") else ","


TYPES = {"time": Aware, "epoch_s": int | float, "epoch_ms": int}
RIGHT = {"time": "", "epoch_s": "segundos desde 1970 UTC", "epoch_ms": "milisegundos desde 1970 UTC, un entero"}
