"""Raw rows become measurements, and latest values, hours and days are what a full recompute gives."""

import io
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.core.management import call_command
from django.db import connection

from shared.testing import api_client, user_token
from telemetry_service.measurements.models import Measurement
from telemetry_service.process.operations import process_backlog
from telemetry_service.process.readings import Reading
from telemetry_service.raw.operations import request_processing
from tests.telemetry_service.hypertables.conftest import SERIES
from tests.telemetry_service.process.conftest import HOUR, NOW, START
from tests.telemetry_service.process.test_late import TABLES, everything, made_whole

pytestmark = pytest.mark.django_db
DAYS = 40  # over more than one chunk
NEVER = NOW - timedelta(days=10_000)
Make = Callable[..., Any]


@pytest.fixture
def rows(feed: Make) -> list[Reading]:
    """A counter with a glitch and a new meter, and a level."""
    hours = 24 * DAYS
    counter = [50_000 + 2 * n for n in range(hours // 2)] + [10 + n for n in range(hours // 2)]
    counter[100] = 0
    found: list[Reading] = feed(counter) + feed([30 + n % 7 for n in range(hours)], "level")
    return found


def verbatim() -> list[list[str]]:
    """Every column of every row, as PostgreSQL writes it."""
    found = []
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT {table}::text FROM {table} ORDER BY {table}")
            found.append([row for (row,) in cursor.fetchall()])
    return found


def test_rows_become_measurements_in_several_chunks(arrive: Make, rows: list[Reading], chunks: Make) -> None:
    arrive(rows)
    process_backlog(NOW)
    assert Measurement.objects.filter(variable="total").count() == 24 * DAYS
    assert not Measurement.objects.filter(variable="total", value=0, quality=1).exists()
    assert [chunks(table) > 1 for table in SERIES] == [True, True, True, False]  # the answer came at one time


def test_a_late_row_makes_what_a_full_pass_makes(arrive: Make, rows: list[Reading], point: UUID) -> None:
    late = rows.pop(24 * 9 + 60)
    arrive(rows)
    process_backlog(NOW)
    arrive([late])
    assert process_backlog(NOW) > 0
    assert everything() == made_whole(point)


@pytest.mark.parametrize("few", [0, 2000], ids=["as many", "as few"])
def test_in_any_order_the_end_is_the_same(
    arrive: Make, rows: list[Reading], point: UUID, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telemetry_service.measurements.few.MOST_ROWS", few)
    late = random.Random(7).sample(rows, 60)
    arrive([row for row in rows if row not in late])
    process_backlog(NOW)
    for first in range(0, len(late), 20):
        arrive(late[first : first + 20])
        process_backlog(NOW)
    assert everything() == made_whole(point)


def test_a_replay_leaves_every_byte_as_it_was(arrive: Make, rows: list[Reading], point: UUID) -> None:
    arrive(rows)
    process_backlog(NOW)
    before = verbatim()
    for _ in range(2):
        request_processing(point_id=point, from_time=NEVER, now=NOW + HOUR)
        assert process_backlog(NOW + HOUR) == 0
        assert verbatim() == before
    asked = {"point": str(point), "from": START.isoformat(), "to": (START + DAYS * 24 * HOUR).isoformat()}
    said = api_client(user_token()).post("/api/telemetry/replay/", asked, format="json").json()
    assert (said["new"], said["changed"], said["gone"], said["same"]) == (0, 0, 0, 4 * 24 * DAYS)


def test_latest_hours_and_days_are_a_recompute_s(arrive: Make, rows: list[Reading], feed: Make) -> None:
    arrive(rows)
    process_backlog(NOW)
    arrive(feed([30.5, 31.5], "level", start=START + timedelta(days=3, minutes=20)))
    process_backlog(NOW + HOUR)
    before = verbatim()
    assert all(before)
    call_command("rebuild_rollups", stdout=io.StringIO())
    assert verbatim() == before
