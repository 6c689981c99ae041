import math
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from shared.db.unnest import by_column, listed

ROWS = [(1, "a", None), (2, "b", 2.5)]
UNNEST = "SELECT * FROM unnest(%s::int[], %s::text[], %s::float8[])"
AT = datetime(2025, 1, 31, 23, 59, 59, 123456, timezone(timedelta(hours=-4)))
NAME = UUID("01234567-89ab-cdef-0123-456789abcdef")


class State(StrEnum):
    OPEN = "open"


@pytest.mark.django_db
def test_columns_are_the_same_rows_again() -> None:
    with connection.cursor() as cursor:
        cursor.execute(UNNEST, by_column(ROWS))
        assert cursor.fetchall() == ROWS
        cursor.execute(UNNEST, by_column(iter(ROWS)))
        assert cursor.fetchall() == ROWS


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("timestamptz", AT),
        ("timestamptz", AT.astimezone(UTC)),
        ("date", date(2024, 2, 29)),
        ("uuid", NAME),
        ("bool", True),
        ("bool", False),
        ("bytea", b""),
        ("bytea", bytes(range(256))),
        ("numeric", Decimal("0.10")),
        ("float8", -math.inf),
        ("float8", 5e-324),
        ("bigint", -(2**63)),
        ("text", State.OPEN),
        ("text", ""),
        ("text", "NULL"),
        ("text", ' {"a": "\\\\x", \'b\'} ñ, %s\n'),
    ],
)
def test_a_value_comes_back_as_it_was(kind: str, value: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM unnest(%s::{kind}[])", by_column([(value,), (None,)]))
        (found,), (nothing,) = cursor.fetchall()
    assert (bytes(found) if kind == "bytea" else found, nothing) == (value, None)


class AnyRows(TestCase):
    @given(st.lists(st.tuples(st.text(st.characters(codec="utf-8", exclude_characters="\0")), st.binary()), min_size=1))
    def test_any_texts_and_bytes_come_back(self, rows: list[tuple[str, bytes]]) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT * FROM unnest(%s::text[], %s::bytea[])", by_column(rows))
            assert [(text, bytes(data)) for text, data in cursor.fetchall()] == rows


def test_rows_of_several_lengths_are_refused() -> None:
    with pytest.raises(ValueError, match="shorter"):
        by_column([(1, 2), (3,)])


@pytest.mark.django_db
def test_a_listed_array_is_an_array() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::int[], %s::text[], %s::int[]", [listed([1, "NULL", 3]), listed("ab"), listed([])])
        assert cursor.fetchone() == ([1, None, 3], ["a", "b"], [])
