"""Raw rows become measurements with latest values, hourly and daily roll-ups, in batches of 30,000 rows.

Beside it, in the same run and of the same measurements: a bare COPY into a table with the natural key alone, and
Django's bulk_create into the specification's own layout (surrogate key, three indexes) without any processing.
"""

import os
import sys
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from tests.benchmarks.figures import say
from tests.benchmarks.telemetry_database import NOW, START, ask_for, fill, make_point, telemetry_database

BATCH, BATCHES = 30_000, int(os.environ.get("R", 8))
BARE = """
CREATE TABLE bare (LIKE measurement);
ALTER TABLE bare ADD PRIMARY KEY (point_id, variable, time)
"""
# As the specification draws it: `TimeSeriesData` with a key of its own and three indexes.
SPECIFIED = """
CREATE TABLE specified (
    id bigserial PRIMARY KEY, point_id uuid, variable text, time timestamptz, value double precision, quality smallint,
    metadata jsonb);
CREATE INDEX ON specified (point_id, time);
CREATE INDEX ON specified (variable, time);
CREATE INDEX ON specified (time)
"""
TABLES = ("measurement", "measurement_latest", "measurement_hourly", "measurement_daily")


def main() -> None:
    with telemetry_database():
        from django.db import connection

        points = [make_point(number) for number in range(1, BATCHES + 1)]
        for point_id in points:
            fill(point_id, count=BATCH // 3)
        with connection.cursor() as cursor:
            cursor.execute(f"{BARE};{SPECIFIED}")
            cursor.execute("VACUUM ANALYZE raw_telemetry_data")
        raw, measurements, seconds = _process(points)
        _report(raw, measurements, seconds, _copied(), _created())


def _process(points: list[UUID]) -> tuple[int, int, float]:
    from telemetry_service.measurements.store import make_partitions
    from telemetry_service.process.configs import request_changed
    from telemetry_service.process.operations import process_backlog
    from telemetry_service.raw.models import ProcessBacklog

    make_partitions([START])
    request_changed(NOW)  # notes the configurations
    ProcessBacklog.objects.all().delete()
    made, seconds = 0, 0.0
    for point_id in points:
        ask_for(point_id)
        began = time.perf_counter()
        made += process_backlog(NOW)
        seconds += time.perf_counter() - began
    return BATCH * len(points), made, seconds


def _copied() -> float:
    """Measurements a second: the bytes are made before."""
    from io import BytesIO

    from django.db import connection

    stream = BytesIO()
    with connection.cursor() as cursor:
        cursor.copy_expert("COPY (SELECT * FROM measurement) TO STDOUT WITH (FORMAT binary)", stream)
        stream.seek(0)
        return _rate(lambda: cursor.copy_expert("COPY bare FROM STDIN WITH (FORMAT binary)", stream))


def _created() -> float:
    """Measurements a second."""
    from django.db import models

    from telemetry_service.measurements.models import Measurement

    class Specified(models.Model):
        point_id = models.UUIDField()
        variable = models.TextField()
        time = models.DateTimeField()
        value = models.FloatField(null=True)
        quality = models.SmallIntegerField()
        metadata = models.JSONField(default=dict)

        class Meta:
            app_label, db_table, managed = "measurements", "specified", False

        def __str__(self) -> str:
            return self.variable

    names = ("point_id", "variable", "time", "value", "quality")
    few = Measurement.objects.values_list(*names)[: 2 * BATCH]
    objects = [Specified(**dict(zip(names, row, strict=True))) for row in few]
    return _rate(lambda: Specified.objects.bulk_create(objects, batch_size=5000), rows=len(objects))


def _rate(work: Callable[[], Any], *, rows: int | None = None) -> float:
    from telemetry_service.measurements.models import Measurement

    count = Measurement.objects.count() if rows is None else rows
    began = time.perf_counter()
    work()
    return count / (time.perf_counter() - began)


def _report(raw: int, made: int, seconds: float, copied: float, created: float) -> None:
    sys.stdout.write("PostgreSQL runs without fsync. A level gives two measurements, a total too.\n")
    say("raw rows", raw / seconds, "rows/s")
    say("measurements made of them", made / seconds, "rows/s")
    say("bare COPY of the measurements", copied, "rows/s")
    say("bulk_create into the specification's layout", created, "rows/s")
    say("measurements, of bare COPY", 100 * made / seconds / copied, "%", at_least=15)
    say("measurements, of bulk_create", made / seconds / created, "×", at_least=2)
    say("raw rows, of bare COPY", 100 * raw / seconds / copied, "%")


if __name__ == "__main__":
    main()
