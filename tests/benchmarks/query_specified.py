"""`bench query` against the layout of the specification, whose rows lie as they arrived: all series of an instant.

Both are asked twice: for whole rows, and for time, value and quality alone, which is what a chart reads and what our
key holds. At hand it is what an answer computes. From the disk it is what the clock says where the pages of a series
lie on the disk alone, as those of most do in a year that nobody looked at lately, on a server that has answered others
since it began: the upper levels of both indexes and the catalogue are at hand.
"""

import os
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from tests.benchmarks.figures import say
from tests.benchmarks.query_turns import (
    BEGIN,
    DAY,
    MEASURED,
    MONTH,
    Series,
    ask,
    every_series,
    in_turn,
    page_of,
)

# Days of other series that were asked for before: so many that the upper levels of twelve months' keys are at hand.
OTHERS = {"ours": 3000, "theirs": 200}
ASKED_OF = """
  FROM telemetry_measurement m JOIN bench_point p ON p.id = m.point_id JOIN bench_variable v ON v.id = m.variable_id
 WHERE p.uuid = %s AND v.code = %s AND m."timestamp" >= %s AND m."timestamp" < %s ORDER BY m."timestamp"
"""
SPECIFIED = f"""
SELECT m.id, m.created_at, m.updated_at, m.point_id, m.variable_id, m."timestamp", m.value_numeric, m.value_text,
       m.value_boolean, m.raw_value, m.quality_score, m.provider, m.processing_config {ASKED_OF}
"""
SPECIFIED_VALUES = f'SELECT m."timestamp", m.value_numeric, m.quality_score {ASKED_OF}'
VALUES = """
SELECT time, value, quality FROM measurement
 WHERE point_id = %s AND variable = %s AND time >= %s AND time < %s ORDER BY time
"""
SPANS = {"a day": DAY, "a month": MONTH}
Asked = Callable[[timedelta, datetime, Series], Any]


class Both(NamedTuple):
    ours: Asked
    theirs: Asked


def by(query: str) -> Asked:
    return lambda span, start, one: ask(query, *one, start, start + span)


def drawn(span: timedelta, start: datetime, one: Series) -> Any:
    from telemetry_service.measurements.charts import read_pairs

    return read_pairs(point=one[0], variable=one[1], start=start, end=start + span, qualities=[1])


QUESTIONS = {
    "": Both(lambda span, start, one: page_of(start, span, one), by(SPECIFIED)),
    ", as a chart reads it": Both(drawn, by(SPECIFIED_VALUES)),
}


def compare(series: Sequence[Series], data: Path) -> None:
    for what, both in QUESTIONS.items():
        for span, length in SPANS.items():
            at_hand(f"{span}{what}", [partial(way, length) for way in both], series)
    for what, both in QUESTIONS.items():
        for span, length in SPANS.items():
            from_disk(f"{span}{what}", [partial(way, length) for way in both], data)
    pages(series[:10])


def at_hand(name: str, ways: Sequence[Callable[[datetime, Series], Any]], series: Sequence[Series]) -> None:
    start = BEGIN + timedelta(days=150)
    mine, theirs = in_turn([partial(way, start) for way in ways], series)
    say(f"{name}, at hand", mine, "ms")
    say("  the specification's, of ours", theirs / mine, "×", at_least=20)


def from_disk(name: str, ways: Sequence[Callable[[datetime, Series], Any]], data: Path) -> None:
    """Medians of the clock. The machine has forgotten the database's files; the server keeps its own buffers."""
    every = every_series()
    _forget(data)
    for whose, asked in QUESTIONS[""]._asdict().items():
        for one in random.choices(every, k=OTHERS[whose]):
            asked(DAY, _some_time(), one)
    taken: list[list[float]] = [[] for _ in ways]
    for one in random.sample(every, min(60, len(every))):
        start = _some_time()
        for place in random.sample(range(len(ways)), len(ways)):
            began = time.perf_counter()
            ways[place](start, one)
            taken[place].append(1000 * (time.perf_counter() - began))
    mine, theirs = (median(some) for some in taken)
    say(f"{name}, from the disk", mine, "ms")
    say("  in the specification's layout", theirs, "ms")
    say("  the specification's, of ours", theirs / mine, "×", at_least=20)


def _some_time() -> datetime:
    return BEGIN + timedelta(days=random.randrange(330))


def _forget(data: Path) -> None:
    for path in data.rglob("*"):
        if path.is_file() and not path.is_symlink():
            opened = os.open(path, os.O_RDONLY)
            os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(opened)


def pages(series: Sequence[Series]) -> None:
    """Pages that a day and a month need, in both layouts: what a disk has to bring where nothing is at hand."""
    for what, queries in {"": (MEASURED, SPECIFIED), ", as a chart reads it": (VALUES, SPECIFIED_VALUES)}.items():
        for name, span in SPANS.items():
            start = BEGIN + timedelta(days=150)
            ours, theirs = (median([_pages(query, *one, start, start + span) for one in series]) for query in queries)
            say(f"pages of {name}{what}", ours, "")
            say("  the specification's, of ours", theirs / ours, "×")


def _pages(query: str, *asked: Any) -> float:
    (plan,) = ask(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}", *asked)[0]
    return float(plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"])
