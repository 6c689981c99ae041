"""The file of a work: which columns, in which words. Plain Python: no clock, no database.

The official template was not found. These are the columns of an exporter in use: `;`, `dd-MM-yyyy`, `HH:mm:ss`, decimal
points. They are data of the rules in force (`file_columns`), which an operator corrects.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from openpyxl import Workbook, load_workbook

from shared.clock import REGULATOR_TIME

WORK, DATE, TIME = "work", "date", "time"
DATE_FORMAT, TIME_FORMAT = "%d-%m-%Y", "%H:%M:%S"
MOST_ROWS = 20_000


class BadFile(ValueError):
    """`line` (from one, the header's; 0: the whole file) and what is wrong with it."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"fila {line}: {problem}" if line else problem)
        self.line, self.problem = line, problem


@dataclass(frozen=True, slots=True)
class Row:
    """An hour as the file says it. `fields` are those of the document without its date and time."""

    slot_at: datetime
    fields: Mapping[str, str]


Columns = Sequence[tuple[str, str]]  # (heading, what: work, date, time, or a field of the document)


def columns_of(rules: Mapping[str, Any], resource: str) -> Columns:
    return [(str(heading), str(what)) for heading, what in rules["file_columns"][resource]]


def cells(columns: Columns, work: str, row: Row) -> list[str]:
    local = row.slot_at.astimezone(REGULATOR_TIME)
    known = {WORK: work, DATE: local.strftime(DATE_FORMAT), TIME: local.strftime(TIME_FORMAT), **row.fields}
    return [known[what] for _, what in columns]


def as_csv(columns: Columns, work: str, rows: Iterable[Row]) -> bytes:
    """UTF-8 with a mark at its beginning, so that Excel reads the accents; the same rows are the same bytes."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator="\r\n")
    writer.writerow([heading for heading, _ in columns])
    writer.writerows(cells(columns, work, row) for row in rows)
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(columns: Columns, work: str, rows: Iterable[Row]) -> bytes:
    """Every cell is text: what the regulator reads is what was meant, not what Excel makes of it."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Mediciones")
    sheet.append([heading for heading, _ in columns])
    for row in rows:
        sheet.append(cells(columns, work, row))
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def read(content: bytes, columns: Columns, work: str) -> list[Row]:
    """The rows of a CSV or XLSX file with these columns. Raises BadFile naming the row."""
    lines = _xlsx(content) if content.startswith(b"PK") else _csv(content)
    headings = [heading for heading, _ in columns]
    if not lines or lines[0] != headings:
        raise BadFile(1, f"las columnas no son «{';'.join(headings)}»")
    if len(lines) == 1:
        raise BadFile(0, "no tiene ninguna fila")
    if len(lines) > MOST_ROWS:
        raise BadFile(0, f"tiene más de {MOST_ROWS} filas")
    rows = [_row(number, line, columns, work) for number, line in enumerate(lines[1:], start=2)]
    if len({row.slot_at for row in rows}) != len(rows):
        raise BadFile(0, "dice dos veces la misma hora")
    return rows


def _csv(content: bytes) -> list[list[str]]:
    try:
        return [line for line in csv.reader(io.StringIO(content.decode("utf-8-sig")), delimiter=";") if line]
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadFile(0, f"no es un CSV en UTF-8 ({error})") from error


def _xlsx(content: bytes) -> list[list[str]]:
    try:
        sheet = load_workbook(io.BytesIO(content), read_only=True).worksheets[0]
        lines = [["" if cell is None else str(cell) for cell in line] for line in sheet.iter_rows(values_only=True)]
    except Exception as error:  # openpyxl raises whatever its parsers do, of a file that is anybody's
        raise BadFile(0, f"no es un XLSX legible ({type(error).__name__})") from error
    return [line for line in lines if any(line)]


def _row(number: int, line: Sequence[str], columns: Columns, work: str) -> Row:
    if len(line) != len(columns):
        raise BadFile(number, f"tiene {len(line)} columnas y no {len(columns)}")
    said = {what: text.strip() for (_, what), text in zip(columns, line, strict=True)}
    if said.pop(WORK) != work:
        raise BadFile(number, f"es de otra obra, no de {work}")
    text = f"{said.pop(DATE)} {said.pop(TIME)}"
    try:
        local = datetime.strptime(text, f"{DATE_FORMAT} {TIME_FORMAT}").replace(tzinfo=REGULATOR_TIME)
    except ValueError as error:
        raise BadFile(number, f"«{text}» no es una fecha y hora como 13-05-2024 10:00:00") from error
    return Row(local, said)
