"""Packed, the rows of a series lie beside each other; whoever is at a partition is not disturbed."""

from collections.abc import Iterator
from datetime import date

import pytest
from django.db import connection

from shared.db import packing
from shared.db.packing import pack_before
from shared.db.partitions import ensure_months
from shared.db.pieces import Grain


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
    monkeypatch.setattr(packing, "WAIT", "50ms")
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


def test_two_that_pack_at_once_do_not_pack_twice(keyed: str) -> None:
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, hashtext(%s))", [packing.LOCK, keyed])
        assert pack_before(connection, keyed, date(2024, 3, 1)) == []
        with other.cursor() as cursor:  # a session that was closed may hold its lock for a moment more
            cursor.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [packing.LOCK, keyed])
    finally:
        other.close()
    assert len(pack_before(connection, keyed, date(2024, 3, 1))) == 2


def test_pieces_of_a_month_are_packed_each(transactional_db: None, keyed: str) -> None:
    ensure_months(connection, keyed, date(2024, 3, 1), date(2024, 3, 1), grain=lambda: Grain.WEEK)
    assert len(pack_before(connection, keyed, date(2024, 4, 1))) == 2 + 5
