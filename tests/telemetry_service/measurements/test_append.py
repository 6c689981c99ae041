"""What is put down behind all that is known is what a merge would have put down, roll-ups to the last bit."""

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.db.together import Together
from telemetry_service.measurements.columns import NEVER, NO_VERSION, Columns
from telemetry_service.measurements.store import Merged, make_partitions, merge, merge_columns

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("many")]
POINT, SOURCES = UUID(int=5), (UUID(int=1), UUID(int=2))
START = datetime(2025, 3, 30, 20, 7, tzinfo=UTC)
NOW = datetime(2025, 6, 1, tzinfo=UTC)
MICROS = int(START.timestamp()) * 1_000_000
TABLES = ("measurement", "measurement_latest", "measurement_hourly", "measurement_daily", "measurement_past")
ROWS = st.lists(
    st.tuples(
        st.sampled_from([1, 7, 600, 3600, 40_000, 100_000]),  # seconds since the one before
        st.floats(-1e6, 1e6) | st.none(),
        st.sampled_from([1, 1, 1, 3, 4]),
    ),
    min_size=1,
    max_size=40,
)


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """However few, they go the way of many."""
    monkeypatch.setattr("telemetry_service.measurements.few.MOST_ROWS", 0)


def columns(variable: str, rows: list[Any]) -> Columns:
    count = len(rows)
    times = MICROS + np.cumsum([step for step, _, _ in rows]) * 1_000_000
    values = np.array([np.nan if value is None else value for _, value, _ in rows])
    quality = np.array([4 if value is None else said for _, value, said in rows], np.int64)
    plain = np.zeros(count, np.int64)
    texts = {number: "n/a" for number, (_, value, _) in enumerate(rows) if value is None}
    meters = np.where(np.arange(count) % 3 == 0, MICROS, NEVER)
    sources, versions = np.arange(count) % 2, np.where(np.arange(count) % 5 == 0, NO_VERSION, 3)
    return Columns(variable, times, values, quality, plain, sources, SOURCES, versions, meters, texts)


def put(some: Sequence[Columns], *, now: datetime) -> Merged:
    together = Together()
    merged = merge_columns(some, point_id=POINT, now=now, on=together)
    with connection.cursor() as cursor:
        together.send(cursor)
    return merged


def as_rows(one: Columns) -> list[tuple[Any, ...]]:
    at = lambda micros: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(micros))  # noqa: E731
    return [
        (
            *(POINT, one.variable, at(time), None if np.isnan(one.values[n]) else float(one.values[n])),
            *(one.texts.get(n), int(one.quality[n]), int(one.reasons[n]), SOURCES[one.sources[n]]),
            None if one.versions[n] == NO_VERSION else int(one.versions[n]),
            None if one.meters[n] == NEVER else at(one.meters[n]),
        )
        for n, time in enumerate(one.times)
    ]


def all_tables() -> list[Any]:
    with connection.cursor() as cursor:
        found = []
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table} ORDER BY {table}")
            found.append(cursor.fetchall())
    return found


def empty() -> None:
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"DELETE FROM {table}")


def test_put_down_in_parts_is_what_one_merge_makes() -> None:
    days = [START + timedelta(days=day) for day in range(60)]
    make_partitions(days)

    @settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
    @given(ROWS, ROWS, st.lists(st.integers(0, 40), max_size=3))
    def check(flow: list[Any], level: list[Any], cuts: list[int]) -> None:
        parts = [columns("flow", flow), columns("level", level)]
        empty()
        with transaction.atomic():
            merge([row for one in parts for row in as_rows(one)], now=NOW)
        merged = all_tables()
        empty()
        bounds = [0, *sorted(cuts), 40]
        for first, last in itertools.pairwise(bounds):
            some = [one.take(np.arange(min(first, len(one)), min(last, len(one)))) for one in parts]
            with transaction.atomic():
                put(some, now=NOW)
        assert all_tables() == merged

    check()


def test_what_comes_between_is_merged_and_the_rest_put_behind() -> None:
    make_partitions([START, START + timedelta(days=3)])
    rows = [(600, float(n), 1) for n in range(60)]
    whole = columns("flow", rows)
    with transaction.atomic():
        merge(as_rows(whole), now=NOW)
    merged = all_tables()
    empty()
    early, late = np.arange(0, 30, 2), np.setdiff1d(np.arange(60), np.arange(0, 30, 2))
    for part in (early, late):
        with transaction.atomic():
            changed = put([whole.take(part)], now=NOW)
        assert changed == (len(part), None)
    assert all_tables() == merged
    with transaction.atomic():
        assert put([whole], now=NOW + timedelta(hours=1)).number == 0
    assert all_tables() == merged


def test_whoever_asks_what_changed_hears_both_ends_of_each_day() -> None:
    make_partitions([START, START + timedelta(days=3)])
    one = columns("flow", [(3600, 1.0, 1)] * 30)
    with transaction.atomic(), connection.cursor() as cursor:
        put([one], now=NOW)
        cursor.execute("SELECT count(*), min(time), max(time) FROM measurement_changed")
        count, first, last = cursor.fetchone()
    assert (count, first, last) == (6, START + timedelta(hours=1), START + timedelta(hours=30))
