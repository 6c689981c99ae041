"""One late point in a year of minutes: what it takes to make anew what depends on it, and what the whole year takes.

The whole year is made anew twice: as it was made first, and once more when all of it is there and nothing changes.
A late point is some twenty short statements: on a busy machine most of its time is waiting for a turn.
"""

import os
import statistics
import time
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tests.benchmarks.figures import say
from tests.benchmarks.telemetry_database import NOW, START, fill, make_point, telemetry_database

MINUTES = int(os.environ.get("N", 365 * 1440))
LATE = 9  # points, one after the other, all over the year
KEYS = ("total",)


def main() -> None:
    with telemetry_database():
        from django.db import connection

        from telemetry_service.measurements.store import make_partitions
        from telemetry_service.process.configs import request_changed

        point_id = make_point(1)
        fill(point_id, count=MINUTES, keys=KEYS)
        make_partitions([START + timedelta(days=day) for day in range(0, 366, 15)])
        request_changed(NOW)
        late = [START + timedelta(minutes=MINUTES * (n + 1) // (LATE + 1)) for n in range(LATE)]
        taken = [_take(at) for at in late]
        first = _processed(point_id, START, None)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        again = _processed(point_id, START, None)
        seconds = [_one_late(point_id, at, row) for at, row in zip(late, taken, strict=True)]
    typical = statistics.median(seconds)
    say(f"a year of {MINUTES} minutes, made first", first, "s")
    say("the same made anew, nothing changed", again, "s")
    say("one late point, median of nine", 1000 * typical, "ms")
    say("one late point, best", 1000 * min(seconds), "ms")
    say("one late point, worst", 1000 * max(seconds), "ms")
    say("of the year made first", 1000 * typical / first, "‰", at_most=1)
    say("of the year made anew", 1000 * typical / again, "‰", at_most=1)


def _take(at: datetime) -> Any:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM raw_telemetry_data WHERE device_time = %s RETURNING *", [at])
        return cursor.fetchone()


def _one_late(point_id: UUID, at: datetime, row: Any) -> float:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO raw_telemetry_data VALUES ({})".format(", ".join(["%s"] * len(row))), row)
    return _processed(point_id, at, at)


def _processed(point_id: UUID, first: datetime, last: datetime | None) -> float:
    from telemetry_service.process.operations import process_point
    from telemetry_service.raw.models import ProcessBacklog
    from telemetry_service.raw.operations import claim_backlog, request_all

    ProcessBacklog.objects.all().delete()
    request_all({point_id: first}, now=NOW, to_times={point_id: last} if last else None)
    (claimed,) = claim_backlog(now=NOW, limit=1)
    began = time.perf_counter()
    process_point(claimed, now=NOW)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
