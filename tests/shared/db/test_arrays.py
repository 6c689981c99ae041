"""Columns copied as arrays are what the same rows are, copied one by one."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from shared.db.arrays import AT_ONCE, Chosen, Few, Numbers, Same, copy_arrays, encode
from shared.db.copy import HEADER, TRAILER, Column, write_rows

COLUMNS = (
    Column("id", "uuid"),
    Column("source", "uuid"),
    Column("name", "text"),
    Column("word", "text"),
    Column("value", "float8"),
    Column("quality", "int2"),
    Column("version", "int4"),
    Column("reasons", "int8"),
    Column("at", "timestamptz"),
    Column("nothing", "text"),
)
SOURCES = [UUID(int=1), UUID(int=2**127 + 5)]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30)
ROW = st.fixed_dictionaries(
    {
        "source": st.integers(0, 1),
        "word": st.none() | TEXTS,
        "value": st.none() | st.floats(allow_nan=False),
        "quality": st.integers(-(2**15), 2**15 - 1),
        "version": st.none() | st.integers(-(2**31), 2**31 - 1),
        "reasons": st.integers(-(2**63), 2**63 - 1),
        "at": st.none() | st.integers(-(10**15), 4 * 10**15),
    }
)


def as_rows(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [
        (
            UUID(int=7),
            SOURCES[row["source"]],
            "flujo ñ",
            row["word"],
            row["value"],
            row["quality"],
            row["version"],
            row["reasons"],
            None if row["at"] is None else EPOCH + timedelta(microseconds=row["at"]),
            None,
        )
        for row in rows
    ]


def nullable(rows: list[dict[str, Any]], name: str, kind: Any) -> Numbers:
    values = [row[name] for row in rows]
    none = np.array([value is None for value in values], bool)
    return Numbers(np.array([0 if value is None else value for value in values], kind), none)


def as_fields(rows: list[dict[str, Any]]) -> list[Any]:
    return [
        Same(UUID(int=7)),
        Chosen(np.array([row["source"] for row in rows], np.int64), SOURCES),
        Same("flujo ñ"),
        Few({number: row["word"] for number, row in enumerate(rows) if row["word"] is not None}),
        nullable(rows, "value", np.float64),
        Numbers(np.array([row["quality"] for row in rows], np.int64)),
        nullable(rows, "version", np.int64),
        Numbers(np.array([row["reasons"] for row in rows], np.int64)),
        nullable(rows, "at", np.int64),
        Same(None),
    ]


@given(st.lists(ROW, max_size=12))
def test_every_byte_is_that_of_the_rows_one_by_one(rows: list[dict[str, Any]]) -> None:
    stream = BytesIO()
    write_rows(stream, COLUMNS, as_rows(rows))
    assert HEADER + b"".join(encode(COLUMNS, as_fields(rows), len(rows))) + TRAILER == stream.getvalue()


@pytest.mark.django_db
def test_more_than_a_block_is_read_back_in_order() -> None:
    count = AT_ONCE * 2 + 3
    columns = (Column("n", "int4"), Column("word", "text"))
    words = {0: "a", AT_ONCE: "bb", count - 1: "ñandú"}
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE copied_arrays (n int4, word text) ON COMMIT DROP")
        blocks = [(count, [Numbers(np.arange(count)), Few(words)]), (1, [Same(-1), Same("otro")])]
        assert copy_arrays(cursor, "copied_arrays", columns, blocks) == count + 1
        cursor.execute("SELECT array_agg(n), count(word) FROM copied_arrays")
        assert cursor.fetchone() == ([*range(count), -1], 4)
        cursor.execute("SELECT n, word FROM copied_arrays WHERE word IS NOT NULL AND n >= 0 ORDER BY n")
        assert dict(cursor.fetchall()) == words
