"""What breaks in the middle of a pass leaves the old state whole, and the next look finishes the work."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import OperationalError, connection, transaction

from telemetry_service.process import operations
from telemetry_service.process.models import Meter
from telemetry_service.process.operations import process_backlog
from telemetry_service.process.readings import Reading
from telemetry_service.raw.models import ProcessBacklog, RawTelemetryData
from telemetry_service.raw.operations import CLAIM, request_processing
from tests.telemetry_service.process.conftest import NOW, START

pytestmark = pytest.mark.django_db(transaction=True)
LATER = NOW + 2 * CLAIM
TABLES = ("measurement", "measurement_past", "measurement_latest", "measurement_hourly", "measurement_daily")
TABLES += ("process_checkpoint", "meter")
# Where a pass can end: before and after each thing that it writes, as it puts down many measurements or few.
PLACES_OF_MANY = (
    "telemetry_service.measurements.store.append",
    "telemetry_service.measurements.append.keep_latest",
    "telemetry_service.measurements.append.keep_hours",
    "telemetry_service.measurements.store.take_latest",
    "telemetry_service.measurements.store.roll_up",
)
PLACES = (
    "telemetry_service.measurements.few._roll_up",
    "telemetry_service.measurements.store.merge_few",
    "telemetry_service.process.operations.keep_proposals",
    "telemetry_service.process.operations._keep_checkpoints",
    "telemetry_service.process.operations.finish_backlog",
)


def state() -> list[Any]:
    found = []
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table} ORDER BY {table}")
            found.append(cursor.fetchall())
    return found


@pytest.fixture
def waiting(arrive: Callable[..., None], feed: Callable[..., Sequence[Reading]]) -> int:
    """Measurements there are; now a day of them is late, and a new meter came. Says how many raw rows."""
    values = [50_000 + 3 * hour for hour in range(72)]
    rows = [*feed(values), *feed([20.0] * 72, "level")]
    late = [row for row in rows if 30 <= (row.time - START).total_seconds() / 3600 < 40]
    newer = feed([12, 15, 19, 24, 28, 31, 35], start=START + timedelta(hours=72))
    with transaction.atomic():
        arrive([row for row in rows if row not in late])
    process_backlog(NOW)
    with transaction.atomic():
        arrive([*late, *newer])
    return RawTelemetryData.objects.count()


def break_at(place: str, how: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Once: what is called there first works, then `how` comes over it."""
    folder, _, name = place.rpartition(".")
    module = __import__(folder, fromlist=[name])
    works = getattr(module, name)

    def broken(*args: Any, **named: Any) -> Any:
        monkeypatch.setattr(module, name, works)
        result = works(*args, **named)
        how()
        return result

    monkeypatch.setattr(module, name, broken)


def crash() -> None:
    raise RuntimeError("on purpose")


def lose_connection() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


@pytest.fixture
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    where: str = request.param
    if where in PLACES_OF_MANY:
        monkeypatch.setattr("telemetry_service.measurements.few.MOST_ROWS", 0)
    return where


@pytest.mark.parametrize("place", [*PLACES_OF_MANY, *PLACES], indirect=True)
def test_a_crash_leaves_the_old_state_whole(waiting: int, place: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = state()
    break_at(place, crash, monkeypatch)
    with pytest.raises(RuntimeError, match="on purpose"):
        process_backlog(NOW)
    assert state() == before
    assert ProcessBacklog.objects.count() == 1
    assert process_backlog(LATER) > 0
    assert Meter.objects.get().status == "confirmed"
    assert not ProcessBacklog.objects.exists()


@pytest.mark.parametrize("place", [*PLACES_OF_MANY[::3], *PLACES[::2]], indirect=True)
def test_a_lost_connection_stops_the_batch_and_the_sweep_finishes_it(
    waiting: int, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = state()
    break_at(place, lose_connection, monkeypatch)
    with pytest.raises(OperationalError):
        process_backlog(NOW)
    connection.close()  # as Celery and the sweep do between two looks
    assert (state(), RawTelemetryData.objects.count()) == (before, waiting)
    assert process_backlog(LATER) > 0
    assert not ProcessBacklog.objects.exists()


def test_what_was_finished_after_a_crash_is_what_a_clean_pass_makes(
    waiting: int, point: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_at(PLACES[1], crash, monkeypatch)
    with pytest.raises(RuntimeError):
        process_backlog(NOW)
    process_backlog(LATER)
    request_processing(point_id=point, from_time=START, now=LATER)
    assert process_backlog(LATER) == 0


def test_a_crash_in_a_replay_leaves_all_as_it_was(waiting: int, point: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    process_backlog(NOW)
    before = state()
    request_processing(point_id=point, from_time=START, now=NOW)
    break_at("telemetry_service.process.operations._keep_checkpoints", crash, monkeypatch)
    with pytest.raises(RuntimeError):
        operations.process_backlog(NOW)
    assert state() == before
