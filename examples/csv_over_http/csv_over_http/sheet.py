"""From the bytes of a CSV file to readings. No network, no clock."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from zoneinfo import ZoneInfo

from telemetry_service.providers.adapters import Reading


class BadSheet(ValueError):
    """The file is no table of the kind that the account describes."""


@dataclass(frozen=True, slots=True)
class Layout:
    time_column: str
    zone: ZoneInfo
    delimiter: str
    decimal: str


@dataclass(slots=True)
class Sheet:
    columns: set[str] = field(default_factory=set)
    readings: list[Reading] = field(default_factory=list)
    unreadable: int = 0
    trouble: str = ""

    def doubt(self, trouble: str) -> None:
        self.unreadable += 1
        self.trouble = self.trouble or trouble


def read_sheet(body: bytes, layout: Layout, starts: Mapping[str, datetime], end: datetime) -> Sheet:
    """The readings of each column of `starts` from its time on, before `end`. An empty cell is no reading."""
    sheet = Sheet()
    for at, row in _timed(_rows(body, layout, sheet), layout, sheet):
        for key, start in starts.items():
            cell = (row.get(key) or "").strip()
            if cell and start <= at < end:
                _keep(sheet, key, cell, at, layout)
    return sheet


def _rows(body: bytes, layout: Layout, sheet: Sheet) -> Iterator[Mapping[str, str]]:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadSheet("el archivo no está en UTF-8") from error
    table = csv.DictReader(io.StringIO(text), delimiter=layout.delimiter)
    try:
        sheet.columns = set(table.fieldnames or ())
        if layout.time_column not in sheet.columns:
            raise BadSheet(f"el archivo no tiene la columna «{layout.time_column}»")
        yield from table
    except csv.Error as error:
        raise BadSheet(f"el archivo no es CSV: {error}") from error


def _timed(
    rows: Iterator[Mapping[str, str]], layout: Layout, sheet: Sheet
) -> Iterator[tuple[datetime, Mapping[str, str]]]:
    """Each row with its instant, in UTC.

    A time without a zone is of the account's. In the night in which clocks go back an hour comes twice: a row that
    seems to be earlier than the one before it is of the second.
    """
    before: datetime | None = None
    for row in rows:
        text = (row[layout.time_column] or "").strip()
        try:
            said = datetime.fromisoformat(text)
            at = _utc(said, layout.zone)
        except (ValueError, OverflowError):
            sheet.doubt(f"«{text[:40]}» no es una hora ISO 8601")
            continue
        again = _utc(said.replace(fold=1), layout.zone)
        if before is not None and at <= before < again <= before + timedelta(hours=2):
            at = again
        before = at
        yield at, row


def _utc(said: datetime, zone: ZoneInfo) -> datetime:
    return (said if said.tzinfo else said.replace(tzinfo=zone)).astimezone(UTC)


def _keep(sheet: Sheet, key: str, cell: str, at: datetime, layout: Layout) -> None:
    value = cell.replace(layout.decimal, ".") if layout.decimal != "." else cell
    try:
        finite = Decimal(value).is_finite()
    except InvalidOperation:
        finite = False
    if finite:
        sheet.readings.append(Reading(key, value, at, "", 0))
    else:
        sheet.doubt(f"{key}: «{cell[:40]}» no es un número")
