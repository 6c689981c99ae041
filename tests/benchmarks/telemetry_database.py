"""A database of the Telemetry service's own, with its tables made, for the time of a benchmark; and what fills it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import django
import psycopg2

from deploy.native.checks.servers import own_servers
from deploy.native.state import ROOT

START = datetime(2025, 1, 1, tzinfo=UTC)
NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
MINUTE = 60_000_000
# A pulse is ten litres.
CONFIG = {
    "pulse_constants": {"total": {"pulses_per_liter": 0.1}},
    "pipe_diameter": 0.15,
    "sensor_depth": 60.0,
    "limits": {"flow": [0, 50], "level": [0, 80]},
}


@contextmanager
def telemetry_database() -> Iterator[None]:
    """Django is set up for it in this process."""
    with own_servers() as servers:
        service = servers.environment("telemetry")
        with closing(psycopg2.connect(service["ADMIN_DATABASE_URL"])) as admin:
            admin.autocommit = True
            admin.cursor().execute("CREATE DATABASE bench OWNER telemetry")
        service["DATABASE_URL"] = service["DATABASE_URL"].rpartition("/")[0] + "/bench"
        os.environ.update(service, DJANGO_SETTINGS_MODULE="telemetry_service.settings", LOG_LEVEL="WARNING")
        command = [sys.executable, "telemetry_service/manage.py", "migrate", "-v", "0"]
        subprocess.run(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, cwd=ROOT, check=True)
        django.setup()
        yield


def make_point(number: int, **config: Any) -> UUID:
    """A point whose source, of the same id, says flow, level and total."""
    from telemetry_service.points.models import Point, PointConfig
    from telemetry_service.raw.operations import map_series

    point_id = UUID(int=number)
    point = Point.objects.create(
        id=point_id, code=f"B-{number}", name="Pozo", point_type="WELL", status="active", updated_at=NOW
    )
    PointConfig.objects.create(point=point, version=1, valid_from=None, config=CONFIG | config)
    names = ("flow", "level", "total")
    map_series(source_id=point_id, point_id=point_id, variables={name: name for name in names}, origin=str(number))
    return point_id


# Sampled every so many seconds: a pump that runs two hours of three, a level that follows, a counter of pulses.
READINGS = """
INSERT INTO raw_telemetry_data (source_id, key, device_time, value, unit, received_at, answer_id, flags)
SELECT %(source)s, said.key, %(start)s::timestamptz + n * %(every)s * interval '1 second', said.value, '', %(now)s,
       %(source)s, 0
  FROM generate_series(0, %(count)s - 1) AS n
 CROSS JOIN LATERAL (VALUES
       ('flow', CASE WHEN n / 60 %% 3 < 2 THEN (1.4 + n %% 7 * 0.03)::numeric(6, 2)::text ELSE '0' END),
       ('level', (30 + n %% 97 * 0.01)::numeric(6, 2)::text),
       ('total', (50000 + n / 180 * 1080 + least(n %% 180, 120) * 9)::text)) AS said (key, value)
 WHERE said.key = ANY(%(keys)s)
"""


def fill(point_id: UUID, *, count: int, every_s: int = 60, keys: tuple[str, ...] = ("flow", "level", "total")) -> None:
    """`count` rows of each of `keys`, from START on."""
    from django.db import connection

    from telemetry_service.raw.partitions import make_partitions

    step = (NOW - START) / 400
    make_partitions(device_times=[START + n * step for n in range(402)], received_at=NOW)
    asked = {"source": point_id, "start": START, "every": every_s, "now": NOW, "count": count, "keys": list(keys)}
    with connection.cursor() as cursor:
        cursor.execute(READINGS, asked)


def ask_for(point_id: UUID, from_time: datetime = START) -> None:
    from telemetry_service.raw.operations import request_processing

    request_processing(point_id=point_id, from_time=from_time, now=NOW)
