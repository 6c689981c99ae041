"""Reading: what is stored against the best SQL on the same tables, and against the layout of the specification.

`bench query [ROWS] [fill]`: by default 5 million measurements, half of them of a year, the other half of the year
after. All is measured with one year stored (the other's partitions taken off for as long) and with both, in turn. With
`BENCH_DATA` the database is kept in that folder: `fill` only fills it, and a later run only measures.

Each question is asked of one series after another, ours and the others in turn, the pages at hand. A figure is what the
client and the database's server compute for it, the median of its turns: on a machine with others at work a clock would
say more of them. `query_specified` compares with the specification's layout, at hand and from the disk.
"""

import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import django
from django.core.management import call_command
from django.db import connection, transaction

from deploy.native.checks.servers import own_servers
from shared.db.bootstrap import bootstrap
from tests.benchmarks import query_fill, query_specified
from tests.benchmarks.figures import say
from tests.benchmarks.query_turns import (
    BEGIN,
    DAY,
    MEASURED,
    MONTH,
    Series,
    Turns,
    Way,
    ask,
    in_turn,
    medians,
    page_of,
    some_series,
    turns,
)

ROWS = 5_000_000
TOGETHER = 10  # series that are asked of before the other year comes or goes
HOURLY = f"""
SELECT point_id::text, variable, hour, {query_fill.FIGURES} FROM measurement_hourly
 WHERE point_id = %s AND variable = %s AND hour >= %s AND hour < %s ORDER BY hour
"""
LATEST = """
SELECT point_id::text, variable, time, value, quality, reasons, source_id::text, config_version
  FROM measurement_latest WHERE point_id = ANY(%s::uuid[]) AND variable = ANY(%s) ORDER BY point_id, variable
"""
COUNTED = {
    "measurements stored": "SELECT count(*) FROM measurement",
    "in the specification's layout": "SELECT count(*) FROM telemetry_measurement",
}


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
    series = some_series()
    report(*with_one_year_and_with_both(series))
    query_specified.compare(series, data)
    minutes()
    page(series[:8])
    for name, query in COUNTED.items():
        say(name, ask(query)[0][0] / 1e6, "million")


def with_one_year_and_with_both(series: list[Series]) -> tuple[dict[str, Turns], dict[str, Turns]]:
    """Some series of the one, the same of the other, then the next: what comes of the order comes to both."""
    found: tuple[dict[str, Turns], dict[str, Turns]] = ({}, {})
    for first in range(0, len(series), TOGETHER):
        some = series[first : first + TOGETHER]
        for place in (0, 1) if first // TOGETHER % 2 else (1, 0):
            measure(some, found[place], both=bool(place))
    return found


def measure(series: list[Series], found: dict[str, Turns], *, both: bool) -> None:
    """With one year alone the other's partitions are taken off, and put back as if nothing had been."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table, child in () if both else query_fill.of_the_second_year():
            cursor.execute(f'ALTER TABLE "{table}" DETACH PARTITION "{child}"')
        for name, ways in questions().items():
            more = turns(ways, series)
            found[name] = [[*had, *got] for had, got in zip(found.get(name, [[], []]), more, strict=True)]
        transaction.set_rollback(True)


def questions() -> dict[str, tuple[Way, Way]]:
    """What we do, and the best SQL written by hand on the same tables."""
    from telemetry_service.measurements.queries import latest
    from telemetry_service.measurements.sums import SumsWanted, sums

    points = [row[0] for row in ask("SELECT DISTINCT point_id FROM bench_series ORDER BY 1")]
    variables = sorted(query_fill.VARIABLES)

    def rows_of(span: timedelta) -> tuple[Way, Way]:
        start = BEGIN + timedelta(days=150)
        return (lambda one: page_of(start, span, one), lambda one: ask(MEASURED, *one, start, start + span))

    hours = SumsWanted((), (), "hour", "utc", BEGIN, BEGIN + timedelta(days=365))
    return {
        "latest of 1,000 points × 3 variables": (
            lambda one: latest(points=points, variables=variables),
            lambda one: ask(LATEST, points, variables),
        ),
        "a day of a series": rows_of(DAY),
        "a month of a series": rows_of(MONTH),
        "a year of a series by hours": (
            lambda one: sums(_of(hours, one), after=None, limit=10_001),
            lambda one: ask(HOURLY, *one, hours.start, hours.end),
        ),
    }


def report(one_year: dict[str, Turns], both: dict[str, Turns]) -> None:
    for name, taken in both.items():
        ours, best = medians(taken)
        say(name, ours, "ms")
        say("  of the best SQL on the same tables", ours / best, "×", at_most=1.3)
        say("  with history doubled", ours / medians(one_year[name])[0], "×", at_most=1.1)


def minutes() -> None:
    """A year of minutes drawn with 2,000 points, against reading it."""
    from telemetry_service.measurements import charts

    start, end = (datetime(query_fill.MINUTES_OF.year + n, 1, 1, tzinfo=UTC) for n in (0, 1))
    said = {"point": query_fill.MINUTE_POINT, "variable": "flow", "start": start, "end": end, "qualities": [1]}

    def drawn(method: Any) -> Way:
        return lambda one: charts.chart(**said, method=method, most=2000)  # type: ignore[arg-type]

    ways = (*(drawn(method) for method in charts.METHODS), lambda one: charts.read_pairs(**said))  # type: ignore[arg-type]
    *ours, reading = in_turn(ways, [(query_fill.MINUTE_POINT, "flow")] * 8)
    say("reading a year of minutes", reading, "ms")
    for method, taken in zip(charts.METHODS, ours, strict=True):
        say(f"  2,000 points of it by {method}", taken / reading, "×", at_most=2)


def page(series: list[Series]) -> None:
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

    ways = (asked, lambda one: ask(f"{MEASURED} LIMIT 10000", *one, BEGIN, end), serialized)
    ours, database, model = in_turn(ways, series)
    say("a page of 10,000 rows as JSON, the request", ours, "ms")
    say("  of the database's time", ours / database, "×", at_most=2)
    say("  a ModelSerializer, of ours", model / ours, "×", at_least=5)


def _of(wanted: Any, one: Series) -> Any:
    from dataclasses import replace

    return replace(wanted, points=[one[0]], variables=[one[1]])


if __name__ == "__main__":
    main()
