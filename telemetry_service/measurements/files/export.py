"""Measurements as a file, row by row: what is held in memory is a page, however long the file."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from telemetry_service.measurements.files.parquet import write_parquet
from telemetry_service.measurements.files.rows import Fields
from telemetry_service.measurements.files.text import write_csv, write_ndjson
from telemetry_service.measurements.files.xlsx import write_xlsx
from telemetry_service.measurements.quality import LABELS, reason_names
from telemetry_service.measurements.queries import Row, Wanted, measurements, units

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


def export(wanted: Wanted, *, codes: dict[str, str], form: str, now: datetime) -> Iterator[bytes]:
    """The file in pieces. All of it is what was known at `now`, or at `wanted.as_of`, though it takes a while to read.

    `codes`: each point's code, by id.
    """
    fixed = replace(wanted, as_of=wanted.as_of or now)
    return FORMATS[form].pieces(_fields(row, codes) for row in _rows(fixed))


def _rows(wanted: Wanted) -> Iterator[Row]:
    after = None
    while rows := measurements(wanted, after=after, limit=PAGE):
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
