"""Measurements as a file, row by row: what is held in memory is a page, however long the file."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from shared.db.replica import complete_until, read_there
from telemetry_service.measurements.files.parquet import write_parquet
from telemetry_service.measurements.files.rows import Fields
from telemetry_service.measurements.files.text import write_csv, write_ndjson
from telemetry_service.measurements.files.xlsx import write_xlsx
from telemetry_service.measurements.quality import LABELS, reason_names
from telemetry_service.measurements.queries import Key, Row, Wanted, measurements, units

PAGE = 5_000


@dataclass(frozen=True, slots=True)
class Format:
    """`pieces` of a file from its rows."""

    media_type: str
    pieces: Callable[[Iterable[Fields]], Iterator[bytes]]


FORMATS = {
    "csv": Format("text/csv; charset=utf-8", write_csv),
    "ndjson": Format("application/x-ndjson", write_ndjson),
    "xlsx": Format("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_xlsx),
    "parquet": Format("application/vnd.apache.parquet", write_parquet),
}


def export(
    wanted: Wanted, *, codes: dict[str, str], form: str, now: datetime, on_replica: bool = False
) -> Iterator[bytes]:
    """The file in pieces. All of it is what was known at `now`, or at `wanted.as_of`, though it takes a while to read.

    `codes`: each point's code, by id. `on_replica`: read there, and from here on where it fails; what it had not got
    when the file was begun is in no part of it.
    """
    known_at = wanted.as_of or now
    there = complete_until() if on_replica else None
    fixed = replace(wanted, as_of=min(known_at, there) if there else known_at)
    read = read_there if on_replica else _read_here
    return FORMATS[form].pieces(_fields(row, codes) for row in _rows(fixed, read))


Reading = Callable[[Callable[[], list[Row]]], list[Row]]


def _read_here(page: Callable[[], list[Row]]) -> list[Row]:
    return page()


def _rows(wanted: Wanted, read: Reading = _read_here) -> Iterator[Row]:
    after: Key | None = None
    while rows := read(partial(measurements, wanted, after=after, limit=PAGE)):
        yield from rows
        last = rows[-1]
        after = (last.point_id, last.variable, last.time)


def _fields(row: Row, codes: dict[str, str]) -> Fields:
    return Fields(
        row.point_id,
        codes.get(row.point_id, ""),
        row.variable,
        row.time,
        row.value,
        units().get(row.variable, ""),
        row.quality,
        LABELS[row.quality],
        reason_names(row.reasons) if row.reasons else [],
        row.known_since,
    )
