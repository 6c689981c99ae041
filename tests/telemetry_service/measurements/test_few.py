"""What is put down by the way of few measurements is what the way of many leaves, in every table to the last bit."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry_service.measurements import few
from telemetry_service.measurements.columns import Columns, instant
from telemetry_service.measurements.few import MOST_ROWS, Span, is_few
from telemetry_service.measurements.store import Merged, make_partitions, rebuild
from tests.telemetry_service.measurements.test_append import NOW, POINT, ROWS, START, all_tables, columns, empty
from tests.telemetry_service.measurements.test_append import put as put_columns

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(hours=1)
DAY = 86_400_000_000


@pytest.fixture(autouse=True)
def partitions(db: None) -> None:
    make_partitions([START + timedelta(days=day) for day in range(0, 75, 10)])


def put(*some: Columns, now: Any = NOW, most: int = MOST_ROWS) -> Merged:
    with patch.object(few, "MOST_ROWS", most), transaction.atomic():
        return put_columns(some, now=now)


def other(one: Columns, rows: Sequence[int]) -> Columns:
    """The same with other values in these rows."""
    values, quality = one.values.copy(), one.quality.copy()
    chosen = [row for row in rows if row < len(one)]
    values[chosen], quality[chosen] = 7.5, 1
    texts = {row: text for row, text in one.texts.items() if row not in chosen}
    return Columns(
        one.variable,
        one.times,
        values,
        quality,
        one.reasons + np.isin(np.arange(len(one)), chosen) * 8,
        one.sources,
        one.of,
        one.versions,
        one.meters,
        texts,
    )


PLACES = st.lists(st.integers(0, 39), max_size=12, unique=True)


def test_in_parts_and_changed_it_is_what_the_way_of_many_makes() -> None:
    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
    @given(ROWS, ROWS, PLACES, PLACES)
    def check(flow: list[Any], level: list[Any], late: list[int], changed: list[int]) -> None:
        whole = [columns("flow", flow), columns("level", level)]
        then = [other(one, changed) for one in whole]
        first = [one.take(~np.isin(np.arange(len(one)), late)) for one in whole]
        found = []
        for most in (0, MOST_ROWS):
            empty()
            counts = [put(*first, most=most).number, put(*whole, now=LATER, most=most).number]
            counts.append(put(*then, now=LATER + timedelta(hours=1), most=most).number)
            found.append((counts, all_tables()))
        assert found[0] == found[1]
        made = all_tables()
        rebuild(point_id=POINT)
        assert all_tables() == made

    check()


def test_it_says_of_each_day_what_changed_first_and_last() -> None:
    whole = columns("flow", [(3600, float(n), 1) for n in range(40)])
    late = np.array([3, 5, 30])
    put(whole.take(np.setdiff1d(np.arange(40), late)))
    merged = put(whole, now=LATER)
    third, fifth, last = whole.times[late].tolist()
    assert merged.spans == [Span("flow", third, fifth, 2), Span("flow", last, last, 1)]
    assert third // DAY == fifth // DAY < last // DAY


def test_what_did_not_change_is_not_written(statements: Callable[[], list[str]]) -> None:
    whole = columns("flow", [(60, float(n), 1) for n in range(100)])
    put(whole)
    assert put(whole, now=LATER) == Merged(0, [])
    assert not [one for one in statements() if "INSERT INTO measurement " in one][1:]


def test_a_late_one_takes_few_statements(statements: Callable[[], list[str]]) -> None:
    whole = columns("flow", [(60, float(n), 1) for n in range(200)])
    put(whole.take(np.setdiff1d(np.arange(200), [150])))
    before = len(statements())
    assert put(whole.take(np.arange(120, 180)), now=LATER).number == 1
    assert len(statements()) - before <= 7  # a savepoint and its release among them


def test_where_the_next_good_one_is_far_the_way_of_many_is_taken() -> None:
    whole = columns("flow", [(80_000, float(n), 1) for n in range(9)])
    put(whole.take(np.array([0, 1, 2, 3, 5, 6, 7, 8])))
    assert put(whole.take(np.array([3, 4])), now=LATER) == Merged(1, None)
    made = all_tables()
    rebuild(point_id=POINT)
    assert all_tables() == made


def test_nothing_is_few() -> None:
    assert put() == Merged(0, [])


@pytest.mark.parametrize(
    ("rows", "step", "fits"), [(MOST_ROWS, 60, True), (MOST_ROWS + 1, 60, False), (3, 700_000, False)]
)
def test_neither_many_rows_nor_a_long_time_are_few(rows: int, step: int, fits: bool) -> None:
    assert is_few([columns("flow", [(step, 1.0, 1)] * rows)]) is fits


def test_what_it_was_is_kept() -> None:
    whole = columns("flow", [(60, float(n), 1) for n in range(20)])
    put(whole)
    put(other(whole, [4, 7]), now=LATER)
    with connection.cursor() as cursor:
        cursor.execute("SELECT time, value, known_since, known_until FROM measurement_past ORDER BY time")
        rows = cursor.fetchall()
    assert rows == [(instant(int(whole.times[n])), float(n), NOW, LATER) for n in (4, 7)]


@pytest.fixture
def statements() -> Any:
    """What was executed since."""
    said: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        said.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield lambda: said
