import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection

from shared.db import partitions
from shared.db.partitions import drop_before, ensure_months, months, pack_before


@pytest.fixture
def table(transactional_db: None) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE readings (at timestamptz NOT NULL) PARTITION BY RANGE (at)")
    yield "readings"
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE readings CASCADE")


def test_months_cross_the_year() -> None:
    assert list(months(date(2024, 11, 30), date(2025, 2, 1))) == [
        date(2024, 11, 1),
        date(2024, 12, 1),
        date(2025, 1, 1),
        date(2025, 2, 1),
    ]


def test_partitions_are_made_once(table: str) -> None:
    first = ensure_months(connection, table, date(2023, 12, 5), date(2024, 1, 5))
    again = ensure_months(connection, table, date(2023, 12, 5), date(2024, 2, 5))
    assert (first, again) == (["readings_y2023m12", "readings_y2024m01"], ["readings_y2024m02"])


def test_of_several_at_the_same_instant_one_makes_it(table: str) -> None:
    """Without taking turns, most of them fail on a name in the catalogue."""
    together = threading.Barrier(6)

    def make() -> list[str]:
        together.wait(10)
        try:
            return ensure_months(connection, table, date(2024, 1, 1), date(2024, 6, 1))
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        each = [pool.submit(make) for _ in range(6)]
    assert all(one.exception() is None for one in each)
    assert ensure_months(connection, table, date(2024, 1, 1), date(2024, 6, 1)) == []


def test_a_month_begins_and_ends_at_utc_midnight(table: str) -> None:
    ensure_months(connection, table, date(2024, 1, 1), date(2024, 2, 1))
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO readings VALUES ('2024-01-31 23:59:59.999999+00'), ('2024-02-01 00:00:00+00')")
        cursor.execute("SELECT tableoid::regclass::text FROM readings ORDER BY at")
        assert [row[0] for row in cursor.fetchall()] == ["readings_y2024m01", "readings_y2024m02"]


def test_retention_drops_whole_months_that_are_over(table: str) -> None:
    ensure_months(connection, table, date(2024, 1, 1), date(2024, 4, 1))
    assert drop_before(connection, table, date(2024, 3, 15)) == ["readings_y2024m01", "readings_y2024m02"]
    assert ensure_months(connection, table, date(2024, 3, 1), date(2024, 4, 1)) == []


@pytest.fixture
def keyed(transactional_db: None) -> Iterator[str]:
    """Two months of rows in the order of arrival: the two series in turn."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept (name text, at timestamptz, PRIMARY KEY (name, at)) PARTITION BY RANGE (at)")
        ensure_months(connection, "kept", date(2024, 1, 1), date(2024, 2, 1))
        cursor.execute(
            "INSERT INTO kept SELECT name, at "
            "FROM generate_series('2024-02-20'::timestamptz, '2024-01-10', '-1 day') at, unnest(ARRAY['b', 'a']) name"
        )
    yield "kept"
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE kept CASCADE")


def in_order(child: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT name, at FROM {child} ORDER BY ctid")
        rows = cursor.fetchall()
    return rows == sorted(rows) and len(rows) > 30


def test_months_that_are_over_are_packed_once(keyed: str) -> None:
    assert not in_order("kept_y2024m01")
    assert pack_before(connection, keyed, date(2024, 2, 15)) == ["kept_y2024m01"]
    assert (in_order("kept_y2024m01"), in_order("kept_y2024m02")) == (True, False)
    assert pack_before(connection, keyed, date(2024, 2, 15)) == []
    assert pack_before(connection, keyed, date(2024, 3, 1)) == ["kept_y2024m02"]


def test_a_month_that_somebody_has_is_left_for_the_next_time(keyed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partitions, "WAIT", "50ms")
    other = connection.copy()
    try:
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM kept_y2024m01")
        assert pack_before(connection, keyed, date(2024, 3, 1)) == ["kept_y2024m02"]
        other.rollback()
    finally:
        other.close()
    assert pack_before(connection, keyed, date(2024, 3, 1)) == ["kept_y2024m01"]


def test_packing_leaves_the_connection_as_it_was(keyed: str) -> None:
    def timeouts() -> object:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
            return cursor.fetchone()

    before = timeouts()
    pack_before(connection, keyed, date(2024, 3, 1))
    assert timeouts() == before
