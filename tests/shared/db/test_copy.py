from datetime import UTC, datetime
from uuid import uuid4

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from shared.db.copy import Column, copy_encoded, copy_rows, encode_row

COLUMNS = (
    Column("id", "uuid"),
    Column("name", "text"),
    Column("value", "float8"),
    Column("quality", "int2"),
    Column("version", "int4"),
    Column("reasons", "int8"),
    Column("good", "bool"),
    Column("at", "timestamptz"),
    Column("bytes", "bytea"),
)
TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
ROWS = st.tuples(
    st.uuids(),
    TEXTS,
    st.floats(allow_nan=False),
    st.integers(-(2**15), 2**15 - 1),
    st.integers(-(2**31), 2**31 - 1),
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
    st.binary(),
)
DDL = (
    "CREATE TEMP TABLE copied (id uuid, name text, value float8, quality int2, version int4, reasons int8, "
    "good bool, at timestamptz, bytes bytea)"
)


def round_trip(rows: list[tuple[object, ...]]) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS copied")
        cursor.execute(DDL)
        assert copy_rows(cursor, "copied", COLUMNS, rows) == len(rows)
        cursor.execute("SELECT * FROM copied")
        return [(*row[:-1], bytes(row[-1]) if row[-1] is not None else None) for row in cursor.fetchall()]


@pytest.mark.django_db
def test_what_is_copied_in_is_read_back_the_same() -> None:
    @given(st.lists(ROWS, max_size=5))
    def check(rows: list[tuple[object, ...]]) -> None:
        assert round_trip(rows) == rows

    check()


@pytest.mark.django_db
def test_rows_that_are_encoded_already_arrive_the_same() -> None:
    @given(st.lists(ROWS, max_size=5))
    def check(rows: list[tuple[object, ...]]) -> None:
        fields = len(COLUMNS).to_bytes(2, "big")
        body = b"".join(fields + encode_row(COLUMNS[:3], row[:3]) + encode_row(COLUMNS[3:], row[3:]) for row in rows)
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS copied")
            cursor.execute(DDL)
            copy_encoded(cursor, "copied", COLUMNS, body)
            cursor.execute("SELECT * FROM copied")
            assert [(*row[:-1], bytes(row[-1])) for row in cursor.fetchall()] == rows

    check()


@pytest.mark.django_db
def test_none_is_null_in_every_column() -> None:
    assert round_trip([(None,) * 9]) == [(None,) * 9]


@pytest.mark.django_db
def test_a_json_value_arrives_as_one() -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE documents (body jsonb)")
        copy_rows(cursor, "documents", (Column("body", "jsonb"),), [({"caudal": "1.00", "ñ": [1, None]},)])
        cursor.execute("SELECT body->>'caudal', body->'ñ'->>0 FROM documents")
        assert cursor.fetchone() == ("1.00", "1")


@pytest.mark.django_db
def test_a_row_of_the_wrong_width_is_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        round_trip([(uuid4(),)])
