"""How months to come are cut is decided by what the last ones held."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection

from shared.db import pieces
from shared.db.growth import ensure_ahead, measured_grain, rows_a_month
from shared.db.partitions import ensure_months
from shared.db.pieces import Grain

NOW = datetime(2024, 5, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ({}, 0),
        ({date(2024, 4, 1): 300.0}, 300),
        ({date(2024, 3, 1): 400.0, date(2024, 4, 1): 300.0}, 400),  # the most of them
        ({date(2024, 4, 1): 300.0, date(2024, 5, 1): 500.0}, 500 * 31 / 15),  # at this pace
        ({date(2023, 5, 1): 900.0}, 0),  # long ago
        ({date(2024, 6, 1): 900.0}, 0),  # still to come: a clock that goes wrong
    ],
)
def test_the_fullest_of_the_last_months_counts(rows: dict[date, float], expected: float) -> None:
    assert rows_a_month(rows, now=NOW) == pytest.approx(expected)


def test_a_month_that_just_began_says_nothing() -> None:
    assert rows_a_month({date(2024, 5, 1): 900.0}, now=datetime(2024, 5, 2, tzinfo=UTC)) == 0


@pytest.fixture
def filled(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Two thousand rows in April, where a piece shall hold a thousand."""
    monkeypatch.setattr(pieces, "MOST_ROWS", 1000)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE grown (at timestamptz NOT NULL) PARTITION BY RANGE (at)")
        ensure_months(connection, "grown", date(2024, 4, 1), date(2024, 5, 1))
        cursor.execute("INSERT INTO grown SELECT '2024-04-02' FROM generate_series(1, 2000)")
        cursor.execute("ANALYZE grown")
    yield "grown"
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE grown CASCADE")


def test_rows_are_measured(filled: str) -> None:
    assert measured_grain(connection, filled, now=NOW) is Grain.WEEK


def test_months_to_come_are_cut_by_it_and_the_present_one_stays(filled: str) -> None:
    made = ensure_ahead(connection, filled, now=NOW)
    assert made == [f"grown_y2024m0{month}w{week}" for month in (6, 7) for week in range(1, 6)]
    assert ensure_ahead(connection, filled, now=NOW) == []


def test_an_empty_table_is_cut_by_months(filled: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE grown")
        cursor.execute("ANALYZE grown")
        cursor.execute("SELECT pg_stat_force_next_flush()")
    assert measured_grain(connection, filled, now=NOW) is Grain.MONTH


def test_nothing_is_measured_where_nothing_is_made(filled: str, django_assert_num_queries: Any) -> None:
    ensure_ahead(connection, filled, now=NOW)
    with django_assert_num_queries(1):
        ensure_ahead(connection, filled, now=NOW)
