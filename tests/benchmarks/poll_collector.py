"""The process that bench_poll measures: makes the sources, then a round for each instant that a line of input says."""

import json
import os
import resource
import sys
import time
import uuid
from datetime import datetime, timedelta
from typing import Any

import django
from django.db import transaction

MINUTE_S = 60


def main(url: str, sources: int, concurrency: int, look_back: str, start: datetime) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "telemetry_service.settings")
    django.setup()
    _make_sources(url, sources, concurrency, look_back, start)
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_round(datetime.fromisoformat(line.strip()))) + "\n")
        sys.stdout.flush()


def _round(at: datetime) -> dict[str, Any]:
    from telemetry_service.collect.poll import collect_due

    cpu, began = time.process_time(), time.monotonic()
    polls = collect_due(at)
    seconds, cpu = time.monotonic() - began, time.process_time() - cpu
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"polls": polls, "seconds": seconds, "cpu_s": cpu, "rss_kib": rss, **_counted(at)}


def _counted(at: datetime) -> dict[str, int]:
    from django.db.models import Sum

    from telemetry_service.collect.models import Attempt

    found = Attempt.objects.filter(started_at=at).aggregate(readings=Sum("readings"), new=Sum("new"))
    return {"readings": found["readings"] or 0, "new": found["new"] or 0}


def _make_sources(url: str, count: int, concurrency: int, look_back: str, start: datetime) -> None:
    from deploy.simulators.load import KEYS, PASSWORD, USER, device_id
    from telemetry_service.points.models import Point
    from telemetry_service.providers.operations import create_provider
    from telemetry_service.raw.models import Series
    from telemetry_service.raw.partitions import make_partitions_ahead
    from telemetry_service.sources.models import Source, State

    changes = {
        "base_url": url,
        "limits": {"rate": "2000/s", "concurrency": concurrency},
        "cursor": {"lookback": look_back, "backfill_start": look_back},
    }
    variables = dict(zip(KEYS, ("flow", "level", "total"), strict=True))
    with transaction.atomic():
        provider = create_provider(
            name="load",
            preset_name="tdata",
            changes=changes,
            credentials={"username": USER, "password": PASSWORD},
            actor="bench",
            now=start,
        )
        points = [
            Point(id=uuid.uuid4(), code=f"P{n:05d}", name="", point_type="WELL", status="active", updated_at=start)
            for n in range(count)
        ]
        Point.objects.bulk_create(points, batch_size=1000)
        sources = [
            Source(
                provider=provider,
                point=point,
                params={"device": device_id(n)},
                state=State.ACTIVE,
                period_s=MINUTE_S,
                phase_s=0,
                next_poll_at=start - timedelta(seconds=1),
                created_at=start,
                created_by="bench",
            )
            for n, point in enumerate(points)
        ]
        Source.objects.bulk_create(sources, batch_size=1000)
        Series.objects.bulk_create(
            [
                Series(source_id=one.id, origin=str(one.id), key=key, point_id=one.point_id, variable=variable)
                for one in sources
                for key, variable in variables.items()
            ],
            batch_size=1000,
        )
    make_partitions_ahead(now=start)


if __name__ == "__main__":
    _, url, sources, concurrency, look_back, start = sys.argv
    main(url, int(sources), int(concurrency), look_back, datetime.fromisoformat(start))
