import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any

import pytest
from django.db import OperationalError, connection

from shared.db.partitions import drop_before, ensure_months
from shared.db.pieces import Grain


@pytest.fixture
def table(transactional_db: None) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE readings (at timestamptz NOT NULL) PARTITION BY RANGE (at)")
    yield "readings"
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE readings CASCADE")


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


def weekly() -> Grain:
    return Grain.WEEK


def test_a_month_is_cut_once_and_stays_as_it_was_cut(table: str) -> None:
    first = ensure_months(connection, table, date(2024, 1, 1), date(2024, 1, 31))
    weeks = ensure_months(connection, table, date(2024, 1, 1), date(2024, 2, 1), grain=weekly)
    assert (len(first), weeks) == (1, [f"readings_y2024m02w{week}" for week in range(1, 6)])
    assert ensure_months(connection, table, date(2024, 1, 1), date(2024, 2, 1)) == []


def test_every_instant_of_a_month_cut_by_days_has_its_place(table: str) -> None:
    made = ensure_months(connection, table, date(2024, 2, 1), date(2024, 2, 1), grain=lambda: Grain.DAY)
    assert len(made) == 29
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO readings SELECT * FROM generate_series('2024-02-01 00:00+00'::timestamptz, "
            "'2024-02-29 23:59+00', '1 hour')"
        )
        cursor.execute("SELECT tableoid::regclass::text, count(*) FROM readings GROUP BY 1 ORDER BY 1")
        assert cursor.fetchall() == [(name, 24) for name in made]


def test_what_is_attached_has_the_keys_and_conditions_of_the_table(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE readings ADD n int, ADD PRIMARY KEY (at) INCLUDE (n)")
        cursor.execute("ALTER TABLE readings ADD CONSTRAINT n_is_positive CHECK (n > 0)")
        ensure_months(connection, table, date(2024, 1, 1), date(2024, 1, 1))
        cursor.execute("SELECT pg_get_indexdef('readings_y2024m01_pkey'::regclass)")
        assert "(at) INCLUDE (n)" in cursor.fetchone()[0]
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE conrelid = 'readings_y2024m01'::regclass AND contype = 'c'"
        )
        assert cursor.fetchall() == [("n_is_positive",)]


@pytest.fixture
def writer(table: str) -> Iterator[Any]:
    """Another connection, in the middle of a transaction that wrote into April; `write` another's that writes there."""
    ensure_months(connection, table, date(2024, 1, 1), date(2024, 4, 1))
    other = connection.copy()
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("INSERT INTO readings VALUES ('2024-04-02')")
    yield other
    other.close()


def write(at: str) -> None:
    """As somebody who does not wait for locks."""
    third = connection.copy()
    try:
        with third.cursor() as cursor:
            cursor.execute("SET lock_timeout = '2s'")
            cursor.execute("INSERT INTO readings VALUES (%s)", [at])
    finally:
        third.close()


def in_thread(work: Callable[[], Any]) -> Any:
    try:
        return work()
    finally:
        connection.close()


def is_waiting_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'ALTER TABLE%DETACH%'"
        )
        return bool(cursor.fetchone()[0])


def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("it did not come to that")


def test_no_writer_waits_for_what_is_dropped(table: str, writer: Any) -> None:
    """Whoever wrote before holds the drop up, and that holds up nobody."""
    with ThreadPoolExecutor(1) as pool:
        dropping = pool.submit(in_thread, lambda: drop_before(connection, table, date(2024, 2, 1)))
        until(is_waiting_for_a_lock)
        write("2024-03-03")
        write("2024-04-03")
        assert not dropping.done()
        writer.commit()
        assert dropping.result(10) == ["readings_y2024m01"]
    assert rows() == 3


def test_no_writer_waits_for_what_is_made_and_it_waits_for_none(table: str, writer: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '2s'")
    assert ensure_months(connection, table, date(2024, 5, 1), date(2024, 5, 1)) == ["readings_y2024m05"]
    write("2024-05-03")
    writer.commit()
    assert rows() == 2


def test_a_drop_that_was_broken_off_is_finished_by_the_next(table: str, writer: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '300ms'")
        with pytest.raises(OperationalError):
            drop_before(connection, table, date(2024, 2, 1))
        cursor.execute("RESET statement_timeout")
    writer.commit()
    assert drop_before(connection, table, date(2024, 2, 1)) == ["readings_y2024m01"]
    assert drop_before(connection, table, date(2024, 2, 1)) == []


def test_what_was_detached_and_not_dropped_is_dropped_by_the_next(table: str) -> None:
    ensure_months(connection, table, date(2024, 1, 1), date(2024, 2, 1), grain=weekly)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE readings DETACH PARTITION readings_y2024m01w2")
        cursor.execute("CREATE TABLE readings_y2024m01_of_mine ()")
        assert len(drop_before(connection, table, date(2024, 2, 1))) == 5
        cursor.execute("SELECT to_regclass('readings_y2024m01w2'), to_regclass('readings_y2024m01_of_mine')::text")
        assert cursor.fetchone() == (None, "readings_y2024m01_of_mine")
        cursor.execute("DROP TABLE readings_y2024m01_of_mine")


def rows() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM readings")
        return int(cursor.fetchone()[0])
