"""Rows read by columns are the rows read one by one, whatever is in them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from telemetry_service.raw import queries
from telemetry_service.raw.columns import RawColumns, columns_of_rows
from telemetry_service.raw.flags import Flag
from telemetry_service.raw.models import Series
from telemetry_service.raw.operations import map_series
from telemetry_service.raw.partitions import make_partitions
from telemetry_service.raw.precedence import Rank
from telemetry_service.raw.store import Answer, Incoming, store
from tests.telemetry_service.conftest import NOW

pytestmark = pytest.mark.django_db
SOURCE, OTHER = UUID(int=1), UUID(int=2)
HOUR = timedelta(hours=1)
EARLY, LATE = NOW - 100 * HOUR, NOW + HOUR


@pytest.fixture
def point(make_point: Callable[..., Any]) -> UUID:
    point_id: UUID = make_point().id
    keys = {"caudal": "flow", "nivel": "level", "total": "total"}
    map_series(source_id=SOURCE, origin="1", point_id=point_id, variables=keys)
    return point_id


def bring(said: list[tuple[str, int, str, str]], *, source: UUID = SOURCE, flags: int = 0) -> None:
    answer = uuid4()
    rows = [Incoming(source, key, NOW - n * HOUR, value, unit, answer, flags) for key, n, value, unit in said]
    make_partitions(device_times=[row.device_time for row in rows], received_at=NOW)
    store(rows=rows, answers={answer: Answer(source, b"{}")}, received_at=NOW)


def plain(columns: list[RawColumns]) -> list[Any]:
    return [
        (one.variable, one.source, one.times.tolist(), list(one.texts), list(one.units), one.flags.tolist())
        for one in columns
    ]


def same_both_ways(point: UUID) -> list[Any]:
    by_column = plain(queries.columns(point_id=point, start=EARLY, end=LATE))
    assert by_column == plain(columns_of_rows(queries.readings(point_id=point, start=EARLY, end=LATE)))
    return by_column


def test_units_and_flags_of_each_row(point: UUID) -> None:
    bring([("caudal", 3, "1.5", "L/s"), ("caudal", 1, "5", "m3/h"), ("nivel", 2, "30", "m"), ("nivel", 1, "31", "m")])
    bring([("caudal", 2, "n/a", "")], flags=int(Flag.RECEIVE_TIME))
    flow, level = same_both_ways(point)
    assert flow[3:] == (["1.5", "n/a", "5"], ["L/s", "", "m3/h"], [0, 1, 0])
    assert level[3:] == (["30", "31"], ["m"], [0, 0])


def test_a_value_may_have_any_character(point: UUID) -> None:
    bring([("caudal", 3, "a\x1fb", ""), ("caudal", 2, "ñ\n,;\t\\", ""), ("caudal", 1, "", "")])
    assert same_both_ways(point)[0][3] == ["a\x1fb", "ñ\n,;\t\\", ""]


def test_two_keys_of_one_variable_are_one_column(point: UUID) -> None:
    Series.objects.filter(key="caudal").update(retired_at=NOW)
    map_series(source_id=SOURCE, origin="1", point_id=point, variables={"flow": "flow"})
    bring([("caudal", 3, "1", "L/s"), ("caudal", 2, "2", "L/s"), ("flow", 2, "7", ""), ("flow", 1, "8", "")])
    (flow,) = same_both_ways(point)
    assert flow[3:5] == (["1", "2", "8"], ["L/s", "L/s", ""])


def test_what_is_silenced_is_not_in_them(point: UUID) -> None:
    map_series(source_id=OTHER, origin="2", point_id=point, variables={"q": "flow"}, rank=Rank.FIRST + 1)
    bring([("caudal", 2, "1", "")])
    bring([("q", 2, "9", ""), ("q", 1, "3", "")], source=OTHER)
    assert [(source, texts) for _, source, _, texts, _, _ in same_both_ways(point)] == [(SOURCE, ["1"]), (OTHER, ["3"])]


def test_no_rows_no_columns(point: UUID) -> None:
    assert queries.columns(point_id=point, start=EARLY, end=LATE) == []
