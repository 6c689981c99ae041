"""Reading: what is stored against the best SQL on the same tables, and against the layout of the specification.

`bench query [ROWS] [fill]`: by default 5 million measurements, half of them of a year, the other half of the year
after. All is measured with one year stored (the other's partitions taken off for as long) and with both. With
`BENCH_DATA` the database is kept in that folder: `fill` only fills it, and a later run only measures.

Each question is asked of one series after another, ours and the others in turn, the pages at hand. A figure is what the
client and the database's server compute for it, the median of its turns: on a machine with others at work a clock would
say more of them. Against the specification's layout, whose rows lie as they arrived, the clock also says what an answer
takes when its pages are only on the disk, as those of most series are in a year that nobody looked at lately.
"""

import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

import django
from django.core.management import call_command
from django.db import connection, transaction

from deploy.native.checks.servers import own_servers
from shared.db.bootstrap import bootstrap
from tests.benchmarks import query_fill
from tests.benchmarks.figures import say

ROWS, ROUNDS = 5_000_000, 60
DAY, MONTH = timedelta(days=1), timedelta(days=30)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)  # what is asked lies in the first year, that is there from the start
MEASURED = """
SELECT point_id::text, variable, time, value, quality, reasons, source_id::text, config_version, known_since
  FROM measurement WHERE point_id = %s AND variable = %s AND time >= %s AND time < %s ORDER BY time
"""
HOURLY = f"""
SELECT point_id::text, variable, hour, {query_fill.FIGURES} FROM measurement_hourly
 WHERE point_id = %s AND variable = %s AND hour >= %s AND hour < %s ORDER BY hour
"""
LATEST = """
SELECT point_id::text, variable, time, value, quality, reasons, source_id::text, config_version
  FROM measurement_latest WHERE point_id = ANY(%s::uuid[]) AND variable = ANY(%s) ORDER BY point_id, variable
"""
SPECIFIED = """
SELECT m.id, m.created_at, m.updated_at, m.point_id, m.variable_id, m."timestamp", m.value_numeric, m.value_text,
       m.value_boolean, m.raw_value, m.quality_score, m.provider, m.processing_config
  FROM telemetry_measurement m JOIN bench_point p ON p.id = m.point_id JOIN bench_variable v ON v.id = m.variable_id
 WHERE p.uuid = %s AND v.code = %s AND m."timestamp" >= %s AND m."timestamp" < %s ORDER BY m."timestamp"
"""
COUNTED = "SELECT count(*) FROM telemetry_measurement"
BOTH = (MEASURED, SPECIFIED)
Series = tuple[UUID, str]
Way = Callable[[Series], Any]


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    kept = os.environ.get("BENCH_DATA")
    with own_servers(kept=Path(kept) if kept else None) as servers:
        os.environ |= servers.environment("telemetry") | {
            "DJANGO_SETTINGS_MODULE": "telemetry_service.settings",
            "STATEMENT_TIMEOUT_MS": "0",
        }
        password = os.environ["DATABASE_URL"].split(":")[2].split("@")[0]
        bootstrap(admin_url=os.environ["ADMIN_DATABASE_URL"], database="stack", roles={"telemetry": password})
        django.setup()
        call_command("migrate", verbosity=0)
        if not query_fill.is_filled():
            query_fill.fill(rows)
        if "fill" not in sys.argv[2:]:
            compare(servers.folder / "postgres" / "data" / "base")


def compare(data: Path) -> None:
    series = _some_series()
    report(measure(series), before_it_doubled(series))
    specified(series, data)
    pages_touched(series[:10])
    minutes()
    page(series[:12])
    (measurements,), (others,) = (*_ask("SELECT count(*) FROM measurement"), *_ask(COUNTED))
    say("measurements stored", measurements / 1e6, "million")
    say("in the specification's layout", others / 1e6, "million")


def before_it_doubled(series: Sequence[Series]) -> dict[str, tuple[float, float]]:
    """With one year alone: the other's partitions are taken off, and put back as if nothing had been."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table, child in query_fill.of_the_second_year():
            cursor.execute(f'ALTER TABLE "{table}" DETACH PARTITION "{child}"')
        found = measure(series)
        transaction.set_rollback(True)
    return found


def questions() -> dict[str, tuple[Way, Way]]:
    """What we do, and the best SQL written by hand on the same tables."""
    from telemetry_service.measurements.queries import Wanted, latest, measurements
    from telemetry_service.measurements.sums import SumsWanted, sums

    points = [row[0] for row in _ask("SELECT DISTINCT point_id FROM bench_series ORDER BY 1")]
    variables = sorted(query_fill.VARIABLES)

    def rows_of(span: timedelta) -> tuple[Way, Way]:
        start = BEGIN + timedelta(days=150)
        end = start + span
        return (
            lambda one: measurements(Wanted([one[0]], [one[1]], start, end, []), after=None, limit=10_001),
            lambda one: _ask(MEASURED, *one, start, end),
        )

    hours = SumsWanted((), (), "hour", "utc", BEGIN, BEGIN + timedelta(days=365))
    return {
        "latest of 1,000 points × 3 variables": (
            lambda one: latest(points=points, variables=variables),
            lambda one: _ask(LATEST, points, variables),
        ),
        "a day of a series": rows_of(DAY),
        "a month of a series": rows_of(MONTH),
        "a year of a series by hours": (
            lambda one: sums(_of(hours, one), after=None, limit=10_001),
            lambda one: _ask(HOURLY, *one, hours.start, hours.end),
        ),
    }


def measure(series: Sequence[Series]) -> dict[str, tuple[float, float]]:
    """Milliseconds of ours and of the best SQL, by question."""
    found = {}
    for name, ways in questions().items():
        ours, best = in_turn(ways, series)
        found[name] = (ours, best)
    return found


def report(now: dict[str, tuple[float, float]], before: dict[str, tuple[float, float]]) -> None:
    for name, (ours, best) in now.items():
        say(name, ours, "ms")
        say("  of the best SQL on the same tables", ours / best, "×", at_most=1.3)
        say("  with history doubled", ours / before[name][0], "×", at_most=1.1)


def specified(series: Sequence[Series], data: Path) -> None:
    """The day and the month in the layout of the specification: with everything at hand, and with nothing."""
    for name, span in {"a day": DAY, "a month": MONTH}.items():
        ways = (partial(_ours, span), partial(_specified, span))
        mine, theirs = in_turn([partial(way, BEGIN + timedelta(days=150)) for way in ways], series)
        say(f"{name} in the specification's layout, at hand", theirs, "ms")
        say("  of ours", theirs / mine, "×", at_least=20)
        mine, theirs = from_disk(ways, series, data)
        say(f"{name} of ours, from the disk", mine, "ms")
        say(f"{name} in the specification's, from the disk", theirs, "ms")
        say("  of ours", theirs / mine, "×", at_least=20)


def from_disk(ways: Sequence[Callable[[datetime, Series], Any]], series: Sequence[Series], data: Path) -> list[float]:
    """Milliseconds on the clock, the median, of what nobody asked for lately: the machine has forgotten the database's
    files before, and every series is asked about another time. The server keeps its own buffers, stock 128 MB."""
    taken: list[list[float]] = [[] for _ in ways]
    _forget(data)
    for one in series:
        start = BEGIN + timedelta(days=random.randrange(330))
        for place in random.sample(range(len(ways)), len(ways)):
            began = time.perf_counter()
            ways[place](start, one)
            taken[place].append(1000 * (time.perf_counter() - began))
    return [median(some) for some in taken]


def _forget(data: Path) -> None:
    for path in data.rglob("*"):
        if path.is_file() and not path.is_symlink():
            opened = os.open(path, os.O_RDONLY)
            os.posix_fadvise(opened, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(opened)


def _ours(span: timedelta, start: datetime, one: Series) -> Any:
    from telemetry_service.measurements.queries import Wanted, measurements

    return measurements(Wanted([one[0]], [one[1]], start, start + span, []), after=None, limit=10_001)


def pages_touched(series: Sequence[Series]) -> None:
    """Pages that a day and a month need, in both layouts: what a disk has to bring where nothing is at hand."""
    for name, span in {"a day": DAY, "a month": MONTH}.items():
        start = BEGIN + timedelta(days=150)
        ours, theirs = (median([_pages(query, *one, start, start + span) for one in series]) for query in BOTH)
        say(f"pages of {name}, ours", ours, "")
        say("  the specification's, of ours", theirs / ours, "×")


def _pages(query: str, *asked: Any) -> float:
    (plan,) = _ask(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {query}", *asked)[0]
    return float(plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"])


def _specified(span: timedelta, start: datetime, one: Series) -> Any:
    return _ask(SPECIFIED, *one, start, start + span)


def minutes() -> None:
    """A year of minutes drawn with 2,000 points, against reading it."""
    from telemetry_service.measurements import charts

    start, end = (datetime(query_fill.MINUTES_OF.year + n, 1, 1, tzinfo=UTC) for n in (0, 1))
    said = {"point": query_fill.MINUTE_POINT, "variable": "flow", "start": start, "end": end, "qualities": [1]}

    def drawn(method: Any) -> Way:
        return lambda one: charts.chart(**said, method=method, most=2000)  # type: ignore[arg-type]

    ways = (*(drawn(method) for method in charts.METHODS), lambda one: charts.read_pairs(**said))  # type: ignore[arg-type]
    *ours, reading = in_turn(ways, [(query_fill.MINUTE_POINT, "flow")] * 12)
    say("reading a year of minutes", reading, "ms")
    for method, taken in zip(charts.METHODS, ours, strict=True):
        say(f"  2,000 points of it by {method}", taken / reading, "×", at_most=2)


def page(series: Sequence[Series]) -> None:
    """A page of 10,000 rows as JSON, the whole request, against the database's time and a ModelSerializer."""
    from rest_framework import serializers
    from rest_framework.renderers import JSONRenderer

    from shared.testing import api_client, user_token
    from telemetry_service.measurements.models import Measurement

    class Shown(serializers.ModelSerializer[Measurement]):
        class Meta:
            model = Measurement
            exclude = ("pk", "meter_from")

    client = api_client(user_token())
    end = BEGIN + timedelta(days=365)

    def asked(one: Series) -> bytes:
        said = {"points": str(one[0]), "variables": one[1], "from": BEGIN.isoformat(), "to": end.isoformat()}
        response = client.get("/api/telemetry/data/", {**said, "limit": "10000"})
        if response.status_code != 200:
            raise SystemExit(response.content.decode())
        return bytes(response.content)

    def serialized(one: Series) -> bytes:
        rows = Measurement.objects.filter(point_id=one[0], variable=one[1], time__gte=BEGIN, time__lt=end)
        return bytes(JSONRenderer().render(Shown(rows.order_by("time")[:10_000], many=True).data))

    ways = (asked, lambda one: _ask(f"{MEASURED} LIMIT 10000", *one, BEGIN, end), serialized)
    ours, database, model = in_turn(ways, series)
    say("a page of 10,000 rows as JSON, the request", ours, "ms")
    say("  of the database's time", ours / database, "×", at_most=2)
    say("  a ModelSerializer, of ours", model / ours, "×", at_least=5)


def in_turn(ways: Sequence[Way], series: Sequence[Series]) -> list[float]:
    """Milliseconds that each way costs, the median of its turns. Each is asked once before, so that all find the same
    pages at hand."""
    taken: list[list[float]] = [[] for _ in ways]
    for one in series:
        order = random.sample(range(len(ways)), len(ways))
        for place in order:
            ways[place](one)
        for place in order:
            began = _spent()
            ways[place](one)
            taken[place].append((_spent() - began) / 1e6)
    return [median(some) for some in taken]


def _spent() -> int:
    """Nanoseconds that this process and its connection's server have computed: both work for the answer in turn. On a
    machine of one's own it is what the clock says; on another the clock says what others do besides."""
    return sum(int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) for pid in (os.getpid(), _server()))


@lru_cache(maxsize=1)
def _server() -> int:
    connection.ensure_connection()
    return int(connection.connection.info.backend_pid)


def _some_series() -> list[Series]:
    random.seed(7)
    every = _ask(
        "SELECT DISTINCT n, uuid, code FROM telemetry_measurement m JOIN bench_point p ON p.id = m.point_id"
        " JOIN bench_variable v ON v.id = variable_id JOIN bench_series ON bench_series.point_id = uuid"
        ' WHERE "timestamp" = %s ORDER BY n, code',
        BEGIN,
    )
    return [row[1:] for row in random.choices(every, k=ROUNDS)]


def _of(wanted: Any, one: Series) -> Any:
    from dataclasses import replace

    return replace(wanted, points=[one[0]], variables=[one[1]])


def _ask(query: str, *asked: Any) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query, asked)
        return cursor.fetchall()


if __name__ == "__main__":
    main()
