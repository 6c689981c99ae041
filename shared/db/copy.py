"""Binary COPY: the fastest way into a table, three times faster than text with psycopg2.

Format: https://www.postgresql.org/docs/current/sql-copy.html, "Binary Format".
"""

import json
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any, Literal

Kind = Literal["uuid", "text", "float8", "int2", "int4", "int8", "bool", "timestamptz", "bytea", "jsonb"]

HEADER = b"PGCOPY\n\xff\r\n\0" + struct.pack(">ii", 0, 0)
TRAILER = struct.pack(">h", -1)
NULL = struct.pack(">i", -1)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
AT_ONCE = 1 << 18  # bytes: psycopg2's own 8 kB cost a call back into Python each


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    kind: Kind


def copy_rows(cursor: Any, table: str, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> int:
    """Copies `rows`, values in the order of `columns`, into `table`; says how many. None is NULL.

    `cursor` is psycopg2's or Django's. `table` and the column names come from our own code, never from outside.
    """
    stream = BytesIO()
    count = write_rows(stream, columns, rows)
    stream.seek(0)
    _copy(cursor, table, columns, stream)
    return count


def copy_encoded(cursor: Any, table: str, columns: Sequence[Column], rows: bytes, *, then: bytes = b"") -> None:
    """As `copy_rows`, of rows that are encoded already, one after the other (see `encode_row`).

    `then`: further statements that go with it in one message, each after a semicolon. Outside a transaction PostgreSQL
    makes one of such a message: all of it is done and committed, or none.
    """
    _copy(cursor, table, columns, BytesIO(b"".join((HEADER, rows, TRAILER))), then)


def encode_row(columns: Sequence[Column], row: Sequence[Any]) -> bytes:
    """The fields of a row, or some of them that follow each other, without the count of fields that leads a row."""
    fields = zip(columns, row, strict=True)
    return b"".join(NULL if value is None else ENCODERS[column.kind](value) for column, value in fields)


def write_rows(stream: BytesIO, columns: Sequence[Column], rows: Iterable[Sequence[Any]]) -> int:
    encoders = [ENCODERS[column.kind] for column in columns]
    start = struct.pack(">h", len(columns))
    write = stream.write
    write(HEADER)
    count = 0
    for row in rows:
        count += 1
        write(start)
        for encode, value in zip(encoders, row, strict=True):
            write(NULL if value is None else encode(value))
    write(TRAILER)
    return count


def _copy(cursor: Any, table: str, columns: Sequence[Column], stream: BytesIO, then: bytes = b"") -> None:
    names = ", ".join(f'"{column.name}"' for column in columns)
    statement = f"COPY {table} ({names}) FROM STDIN WITH (FORMAT binary)"
    cursor.copy_expert(statement.encode() + then if then else statement, stream, AT_ONCE)


def _sized(data: bytes) -> bytes:
    return struct.pack(">i", len(data)) + data


def _packer(shape: str) -> Callable[[Any], bytes]:
    packed = struct.Struct(f">i{shape}")
    size = packed.size - 4
    return lambda value: packed.pack(size, value)


_int8 = _packer("q")
_json = json.JSONEncoder(ensure_ascii=False)

ENCODERS: dict[Kind, Callable[[Any], bytes]] = {
    "uuid": lambda value: b"\0\0\0\x10" + value.bytes,
    "text": lambda value: _sized(value.encode()),
    "float8": _packer("d"),
    "int2": _packer("h"),
    "int4": _packer("i"),
    "int8": _int8,
    "bool": _packer("?"),
    "timestamptz": lambda value: _int8((value - EPOCH) // MICROSECOND),
    "bytea": _sized,
    "jsonb": lambda value: _sized(b"\x01" + _json.encode(value).encode()),
}
