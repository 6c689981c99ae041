"""A factor that was wrong a year ago, supposed of a point of minutes: how long one question about it takes.

Its last days are asked for twice: by themselves, as all is made anew since the factor would hold, and going on from
where the step before got to. Compliance waits five seconds for an answer.
"""

import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from compliance_service.clients.replay import PIECE, SHORTEST, STEP
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
        steps = list(_steps(point_id, START + timedelta(minutes=MINUTES)))
        reached = steps[-1][1]
        end = START + timedelta(minutes=MINUTES)
        alone, piece = (_asked(point_id, end - PIECE, end, reached=one)[0] for one in (None, reached))
    longest, taken = max(seconds for seconds, _ in steps), sum(seconds for seconds, _ in steps)
    say(f"the last four days of {MINUTES} minutes by themselves", alone, "s")
    say("the same, gone on to: what is compared", piece, "s", at_most=WAITED_S / 2)
    say("against by themselves", piece / alone, "", at_most=0.5)
    say("a month's step on the way, the longest", longest, "s", at_most=WAITED_S / 2)
    say("the last of them against the first", steps[-1][0] / steps[0][0], "", at_most=1.5)
    say("all the way", taken, "s")


def _steps(point_id: UUID, end: datetime) -> Iterator[tuple[float, Any]]:
    """Seconds, and where it got to: as Compliance asks (`clients/replay.py`)."""
    start, reached = START + STEP, None
    while start <= end:
        seconds, found = _asked(point_id, start - SHORTEST, start, reached=reached)
        reached = found.reached or reached
        yield seconds, reached
        start += STEP


def _asked(point_id: UUID, start: datetime, end: datetime, *, reached: Any) -> tuple[float, Any]:
    from telemetry_service.process.replay import replay
    from telemetry_service.process.resume import Supposed

    supposed = Supposed(SUPPOSED, START)
    began = time.perf_counter()
    found = replay(point_id=point_id, start=start, end=end, supposed=supposed, most=10_000, reached=reached)
    return time.perf_counter() - began, found


if __name__ == "__main__":
    main()
