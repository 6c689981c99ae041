"""How `bench query` asks: several ways in turn, and what each takes."""

import os
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

from django.db import connection

ROUNDS, TIMES = 40, 2
DAY, MONTH = timedelta(days=1), timedelta(days=30)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)  # what is asked lies in the first year, that is there from the start
MEASURED = """
SELECT point_id::text, variable, time, value, quality, reasons, source_id::text, config_version, known_since
  FROM measurement WHERE point_id = %s AND variable = %s AND time >= %s AND time < %s ORDER BY time
"""
SERIES = """
SELECT DISTINCT n, uuid, code FROM telemetry_measurement m JOIN bench_point p ON p.id = m.point_id
  JOIN bench_variable v ON v.id = variable_id JOIN bench_series ON bench_series.point_id = uuid
 WHERE "timestamp" = %s ORDER BY n, code
"""
Series = tuple[UUID, str]
Way = Callable[[Series], Any]
Turns = list[list[float]]  # of each way, in ms


def turns(ways: Sequence[Way], series: Sequence[Series]) -> Turns:
    """Milliseconds that each way costs, the least of some times: the same call takes twice as long where the machine's
    caches were somebody else's. Each is asked once before, so that all find the same pages at hand."""
    taken: Turns = [[] for _ in ways]
    for one in series:
        order = random.sample(range(len(ways)), len(ways))
        for place in order:
            ways[place](one)
        found = [[_cost(ways[place], one) for place in order] for _ in range(TIMES)]
        for place, *some in zip(order, *found, strict=True):
            taken[place].append(min(some))
    return taken


def _cost(way: Way, one: Series) -> float:
    began = _spent()
    way(one)
    return (_spent() - began) / 1e6


def medians(taken: Turns) -> list[float]:
    return [median(some) for some in taken]


def in_turn(ways: Sequence[Way], series: Sequence[Series]) -> list[float]:
    return medians(turns(ways, series))


def _spent() -> int:
    """Nanoseconds that this process and its connection's server have computed: both work for the answer in turn. On a
    machine of one's own it is what the clock says; on another the clock says what others do besides."""
    return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in (os.getpid(), _server()))


@lru_cache(maxsize=1)
def _server() -> int:
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


def every_series() -> list[Series]:
    return [row[1:] for row in ask(SERIES, BEGIN)]


def some_series() -> list[Series]:
    random.seed(7)
    return random.choices(every_series(), k=ROUNDS)


def page_of(start: datetime, span: timedelta, one: Series) -> Any:
    """What `data/` answers, as text of JSON."""
    from telemetry_service.measurements.data_page import data_page
    from telemetry_service.measurements.queries import Wanted

    return data_page(Wanted([one[0]], [one[1]], start, start + span, []), after=None, limit=10_000)


def ask(query: str, *asked: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, asked)
        return cursor.fetchall()
