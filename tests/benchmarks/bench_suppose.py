"""A factor that was wrong a year ago, supposed of a point of minutes: how long one question about it takes.

Each piece of the year is asked for twice: by itself, as all is made anew since the factor would hold, and going on from
where the piece before got to. Compliance waits five seconds for an answer.
"""

import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from tests.benchmarks.figures import say
from tests.benchmarks.telemetry_database import CONFIG, NOW, START, fill, make_point, telemetry_database

MINUTES = int(os.environ.get("N", 365 * 1440))
WAITED_S = 5.0
SUPPOSED = CONFIG | {"pulse_constants": {"total": {"pulses_per_liter": 0.2}}}


def main() -> None:
    with telemetry_database():
        from django.db import connection

        from telemetry_service.measurements.store import make_partitions
        from telemetry_service.process.operations import process_point
        from telemetry_service.raw.operations import claim_backlog, request_all

        point_id = make_point(1)
        fill(point_id, count=MINUTES)
        make_partitions([START + timedelta(days=day) for day in range(0, 366, 15)])
        request_all({point_id: START}, now=NOW)
        (claimed,) = claim_backlog(now=NOW, limit=1)
        process_point(claimed, now=NOW)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        pieces = list(_pieces(START + timedelta(minutes=MINUTES)))
        chained = list(_chained(point_id, pieces))
        alone = [_asked(point_id, *pieces[-1])[0]]
        days = list(_chained(point_id, pieces, then=timedelta(days=2)))
    say(f"the last month of {MINUTES} minutes by itself", alone[0], "s")
    say("a month that goes on, the longest", max(chained), "s", at_most=WAITED_S / 2)
    say("a month that goes on, of one by itself", max(chained) / alone[0], "", at_most=0.5)
    say("the last against the first", chained[-1] / chained[0], "", at_most=1.5)
    say("all months, one after the other", sum(chained), "s")
    say("two days more that go on, of one month", days[-1] / max(chained), "", at_most=1)


def _pieces(end: datetime) -> Iterator[tuple[datetime, datetime]]:
    from compliance_service.clients.replay import STEP

    start = START
    while start < end:
        yield start, min(start + STEP, end)
        start += STEP


def _chained(
    point_id: UUID, pieces: list[tuple[datetime, datetime]], *, then: timedelta | None = None
) -> Iterator[float]:
    """Seconds of each piece; with `then` of so much more at the end instead."""
    reached = None
    for piece in pieces[:-1] if then else pieces:
        seconds, found = _asked(point_id, *piece, reached=reached)
        reached = found.reached or reached
        if not then:
            yield seconds
    if then:
        yield _asked(point_id, pieces[-1][0], pieces[-1][0] + then, reached=reached)[0]


def _asked(point_id: UUID, start: datetime, end: datetime, **more: Any) -> tuple[float, Any]:
    from telemetry_service.process.replay import replay
    from telemetry_service.process.resume import Supposed

    began = time.perf_counter()
    found = replay(point_id=point_id, start=start, end=end, supposed=Supposed(SUPPOSED, START), most=1, **more)
    return time.perf_counter() - began, replace(found, rows=[])


if __name__ == "__main__":
    main()
