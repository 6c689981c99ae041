"""Latest values, hours and days are what a full recompute gives, whatever came in which order."""

import io
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from telemetry_service.measurements.rollups import ZONES
from telemetry_service.measurements.store import Rest, make_partitions, merge

pytestmark = pytest.mark.django_db
START = datetime(2024, 9, 7, 2, tzinfo=UTC)  # the next midnight is missing in Chile
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
EVER = datetime(1970, 1, 1, tzinfo=UTC)
SOURCE = UUID(int=1)


class Point(NamedTuple):
    time: datetime
    value: float | None
    quality: int


class Figures(NamedTuple):
    """What the tables hold of a bucket, in the order of their columns."""

    count: int
    good: int
    first: float | None
    last: float | None
    min: float | None
    max: float | None
    sum: float | None
    area: float
    weighed_s: float
    before: float | None


def put(point: UUID, rows: Iterable[Point], *, now: datetime = START, forget: Rest | None = None) -> int:
    said = [(point, "flow", at, value, None, quality, 0, SOURCE, 1, None) for at, value, quality in rows]
    make_partitions([one[2] for one in said])
    return merge(said, now=now, forget=forget)


def hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def hours(rows: Sequence[Point]) -> dict[datetime, Figures]:
    """Every hour, from the definition in the module's docstring."""
    good = [row for row in sorted(rows) if row.quality == 1 and row.value is not None]
    before = dict(zip(good[1:], good, strict=False))
    found = {}
    for hour, group in groupby(sorted(rows), key=lambda row: hour_of(row.time)):
        everything = list(group)
        mine = [row for row in everything if row in good]
        found[hour] = figures(everything, mine, before)
    return found


def figures(everything: list[Point], mine: list[Point], before: dict[Point, Point]) -> Figures:
    values: list[Any] = [row.value for row in mine]
    if not mine:
        return Figures(len(everything), 0, None, None, None, None, None, 0.0, 0.0, None)
    area = seconds = total = 0.0
    for row in mine:
        total += row.value or 0.0
        earlier = before.get(row)
        if earlier and row.time - earlier.time <= DAY:
            length = (row.time - earlier.time).total_seconds()
            area += ((row.value or 0.0) + (earlier.value or 0.0)) / 2 * length
            seconds += length
    first = before.get(mine[0])
    ends = (values[0], values[-1], min(values), max(values))
    return Figures(len(everything), len(mine), *ends, total, area, seconds, first.value if first else None)


def days(rows: Sequence[Point], zone: str) -> dict[date, Figures]:
    tz = ZoneInfo(ZONES[zone])
    found = {}
    for day, group in groupby(sorted(hours(rows).items()), key=lambda item: item[0].astimezone(tz).date()):
        each = [one for _, one in group]
        good = [one for one in each if one.good]
        sums = [sum(getattr(one, name) for one in each) for name in ("count", "good")]
        if good:
            ends: tuple[Any, ...] = (
                good[0].first, good[-1].last, min(one.min for one in good if one.min is not None),
                max(one.max for one in good if one.max is not None), added(one.sum for one in good),
            )  # fmt: skip
        else:
            ends = (None,) * 5
        weights = (added(one.area for one in each), added(one.weighed_s for one in each))
        found[day] = Figures(*sums, *ends, *weights, good[0].before if good else None)
    return found


def added(values: Iterable[float | None]) -> float:
    total = 0.0
    for value in values:
        total += value or 0.0
    return total


def stored(query: str, point: UUID) -> dict[Any, Figures]:
    with connection.cursor() as cursor:
        cursor.execute(query, [point])
        return {row[0]: Figures(*row[1:]) for row in cursor.fetchall()}


COLUMNS = "count, good, first, last, min, max, sum, area, weighed_s, before"


def check(point: UUID, rows: Sequence[Point]) -> None:
    assert stored(f"SELECT hour, {COLUMNS} FROM measurement_hourly WHERE point_id = %s", point) == hours(rows)
    for zone in ZONES:
        query = f"SELECT day, {COLUMNS} FROM measurement_daily WHERE zone = '{zone}' AND point_id = %s"
        assert stored(query, point) == days(rows, zone)
    with connection.cursor() as cursor:
        cursor.execute("SELECT time, value, quality FROM measurement_latest WHERE point_id = %s", [point])
        latest = [Point(*row) for row in cursor.fetchall()]
    assert latest == ([max(rows)] if rows else [])


moments = st.builds(lambda minute: START + minute * 7 * MINUTE, st.integers(0, 700))
values = st.one_of(st.none(), st.floats(-1e6, 1e6), st.sampled_from([0.1, 0.2, 0.3]))
points = st.builds(
    lambda at, value, good: Point(at, value, 1 if good and value is not None else 3), moments, values, st.booleans()
)


@settings(max_examples=40)
@given(st.lists(st.lists(points, min_size=1, max_size=25), min_size=1, max_size=6))
def test_whatever_comes_in_whatever_order(batches: list[list[Point]]) -> None:
    """Late rows, changed values, qualities that turn: after each batch everything is as if made from nothing."""
    point = uuid4()
    known: dict[datetime, Point] = {}
    for batch in batches:
        fresh = {row.time: row for row in batch}
        known |= fresh
        put(point, fresh.values())
        check(point, list(known.values()))


@settings(max_examples=20)
@given(st.lists(points, min_size=1, max_size=40, unique_by=lambda row: row.time), st.integers(0, 40))
def test_what_goes_leaves_no_trace(rows: list[Point], kept: int) -> None:
    point = uuid4()
    put(point, rows)
    left = sorted(rows)[:kept]
    assert put(point, left, forget=Rest(point, EVER)) == len(rows) - len(left)
    check(point, left)


def test_the_same_again_changes_nothing() -> None:
    point, rows = uuid4(), [Point(START + n * HOUR, float(n), 1) for n in range(5)]
    assert put(point, rows) == 5
    assert put(point, rows, now=START + HOUR) == 0
    check(point, rows)


def test_a_chilean_day_of_23_hours_and_one_of_25() -> None:
    point = uuid4()
    rows = [Point(datetime(2024, month, 6, tzinfo=UTC) + n * HOUR, 1.0, 1) for month in (4, 9) for n in range(96)]
    put(point, rows)
    found = days(rows, "santiago")
    assert (found[date(2024, 4, 6)].count, found[date(2024, 9, 8)].count) == (25, 23)
    check(point, rows)


def test_a_segment_of_more_than_a_day_weighs_nothing_and_its_difference_counts() -> None:
    point = uuid4()
    put(point, [Point(START, 10.0, 1), Point(START + 30 * HOUR, 50.0, 1)])
    query = f"SELECT hour, {COLUMNS} FROM measurement_hourly WHERE point_id = %s"
    last = stored(query, point)[START + 30 * HOUR]
    assert (last.area, last.weighed_s, last.before) == (0, 0, 10.0)


def test_what_a_measurement_was_is_kept() -> None:
    point, later = uuid4(), START + 5 * HOUR
    put(point, [Point(START, 1.0, 1), Point(START + HOUR, 2.0, 1)])
    put(point, [Point(START, 9.0, 3), Point(START + HOUR, 2.0, 1)], now=later)
    put(point, [], now=later + HOUR, forget=Rest(point, EVER))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT time, value, quality, known_since, known_until FROM measurement_past WHERE point_id = %s"
            " ORDER BY time, known_until",
            [point],
        )
        assert cursor.fetchall() == [
            (START, 1.0, 1, START, later),
            (START, 9.0, 3, later, later + HOUR),
            (START + HOUR, 2.0, 1, START, later + HOUR),
        ]


def test_all_of_it_can_be_made_anew() -> None:
    first, second = sorted(uuid4() for _ in range(2))
    rows = [Point(START + n * 20 * MINUTE, float(n), 1) for n in range(30)]
    put(first, rows)
    put(second, rows[:5])
    with connection.cursor() as cursor:
        cursor.execute("UPDATE measurement_hourly SET sum = 0")
        cursor.execute("DELETE FROM measurement_daily")
        cursor.execute("DELETE FROM measurement_latest")
    out = io.StringIO()
    call_command("rebuild_rollups", stdout=out)
    assert out.getvalue() == "2 puntos\n"
    check(first, rows)
    check(second, rows[:5])
