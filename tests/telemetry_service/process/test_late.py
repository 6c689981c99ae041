"""A late row makes anew what depends on it and no more, and that is what a full pass would make."""

import random
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry_service.measurements.models import Measurement
from telemetry_service.points.models import PointConfig
from telemetry_service.process import anew
from telemetry_service.process.models import Checkpoint, Meter
from telemetry_service.process.operations import process_backlog
from telemetry_service.process.readings import Reading
from telemetry_service.raw.flags import Flag
from telemetry_service.raw.models import ProcessBacklog, RawTelemetryData
from telemetry_service.raw.operations import request_all, request_processing
from tests.telemetry_service.process.conftest import CONFIG, HOUR, NOW, SOURCE, START

pytestmark = pytest.mark.django_db
TABLES = ("measurement", "measurement_hourly", "measurement_daily", "measurement_latest")


@pytest.fixture
def arrive_between(arrive: Callable[..., None], point: UUID) -> Callable[[Sequence[Reading]], None]:
    """As collect brings rows: it knows which of them is the latest."""

    def bring(readings: Sequence[Reading]) -> None:
        arrive(readings)
        ProcessBacklog.objects.filter(point_id=point).delete()
        times = [one.time for one in readings]
        request_all({point: min(times)}, now=NOW, to_times={point: max(times)})

    return bring


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Until when each pass made things anew."""
    found: list[Any] = []
    made = anew.made_anew

    def note(*given: Any) -> Any:
        result = made(*given)
        found.append(result.until)
        return result

    monkeypatch.setattr("telemetry_service.process.operations.made_anew", note)
    return found


def everything() -> list[Any]:
    found = []
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"SELECT * FROM {table} ORDER BY {table}")
            found.append([[cell for cell in row if cell not in (NOW, NOW + HOUR)] for row in cursor.fetchall()])
    meters = Meter.objects.order_by("installed_at")
    return [*found, list(meters.values_list("installed_at", "status", "opening_reading", "previous_reading"))]


def made_whole(point: UUID) -> list[Any]:
    with connection.cursor() as cursor:
        for table in (*TABLES, "measurement_past", "process_checkpoint"):
            cursor.execute(f"DELETE FROM {table}")
    Meter.objects.all().delete()
    request_processing(point_id=point, from_time=START, now=NOW)
    process_backlog(NOW)
    return everything()


def test_a_late_level_ends_at_the_next_checkpoint(arrive_between: Any, feed: Any, point: UUID, ends: list[Any]) -> None:
    rows = feed([50_000 + hour for hour in range(24 * 9)]) + feed([30 + hour % 5 for hour in range(24 * 9)], "level")
    late = rows.pop(24 * 9 + 60)
    arrive_between(rows)
    process_backlog(NOW)
    arrive_between([late])
    assert process_backlog(NOW) == 2
    assert ends[-1].date() == late.time.date()
    assert everything() == made_whole(point)


def test_a_late_total_that_is_believed_ends_there_too(
    arrive_between: Any, feed: Any, point: UUID, ends: list[Any]
) -> None:
    rows = feed([50_000 + hour for hour in range(24 * 9)])
    late = rows.pop(60)
    arrive_between(rows)
    process_backlog(NOW)
    arrive_between([late])
    assert process_backlog(NOW) == 2
    assert ends[-1].date() == late.time.date()
    assert everything() == made_whole(point)


def test_what_changes_all_that_follows_goes_to_the_end(
    arrive_between: Any, feed: Any, point: UUID, ends: list[Any]
) -> None:
    """The hours of a new meter came late: all volume after it is another."""
    rows = feed([50_000 + hour for hour in range(50)] + [12 + hour for hour in range(150)])
    arrive_between([row for row in rows if not 30 < (row.time - START) / HOUR < 120])
    process_backlog(NOW)
    arrive_between([row for row in rows if 30 < (row.time - START) / HOUR < 120])
    process_backlog(NOW)
    assert ends[-1] == anew.NEVER
    assert everything() == made_whole(point)


def test_a_point_of_minutes_is_made_anew_by_the_hour(arrive_between: Any, ends: list[Any], point: UUID) -> None:
    times = [START + timedelta(minutes=minute) for minute in range(60 * 30)]
    rows = [Reading("total", time, str(50_000 + number // 4), SOURCE) for number, time in enumerate(times)]
    late = rows.pop(700)
    arrive_between(rows)
    process_backlog(NOW)
    assert Checkpoint.objects.count() == 30
    arrive_between([late])
    assert process_backlog(NOW) == 2
    assert ends[-1] - late.time < HOUR
    assert everything() == made_whole(point)


ODD = ["zero", "tenth", "noise", "new meter", "leap", "status"]
SHAPES, CALM = (st.sampled_from(["goes on"] * calm + ODD) for calm in (6, 60))


@pytest.mark.parametrize("most", [0, 2000], ids=["as many", "as few"])
def test_in_any_order_the_end_is_what_a_full_pass_makes(
    arrive_between: Any, feed: Any, point: UUID, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("telemetry_service.measurements.few.MOST_ROWS", most)

    @settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(st.lists(SHAPES, min_size=60, max_size=120), st.integers(0, 999))
    def check(shapes: list[str], seed: int) -> None:
        RawTelemetryData.objects.all().delete()
        made_whole(point)
        values = read_of([(shape, 3) for shape in shapes])
        rows = feed(values) + feed([30 + n % 7 for n in range(len(values))], "level")
        late = random.Random(seed).sample(rows, len(rows) // 4)
        arrive_between([row for row in rows if row not in late])
        process_backlog(NOW)
        for first in range(0, len(late), 6):
            arrive_between(late[first : first + 6])
            process_backlog(NOW)
        assert everything() == made_whole(point)

    check()


FLOWS = {
    "alone": {"mean_flow": {}},
    "of three hours": {"mean_flow": {"window_s": 10_800}},
    "judged by what lies around": {
        "mean_flow": {"window_s": 7200},
        "quality": {"mean_flow": {"spike": {"suspect": 0.1, "within_s": 10_800}, "flat_line": {"suspect_s": 10_800}}},
    },
}


@pytest.mark.parametrize("most", [0, 2000], ids=["as many", "as few"])
@pytest.mark.parametrize("flow", FLOWS)
def test_the_flow_of_a_counter_is_in_any_order_what_a_full_pass_makes(
    arrive_between: Any, point: UUID, most: int, flow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two minutes between the readings: a checkpoint an hour. Twelve: one a day."""
    monkeypatch.setattr("telemetry_service.measurements.few.MOST_ROWS", most)
    PointConfig.objects.update(config=CONFIG | FLOWS[flow])

    @settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.lists(st.tuples(CALM, st.integers(0, 3)), min_size=150, max_size=240),
        st.sampled_from([2, 12, 40]),
        st.sets(st.integers(0, 149), max_size=4),
        st.integers(0, 999),
    )
    def check(shapes: list[tuple[str, int]], minutes: int, ours: set[int], seed: int) -> None:
        RawTelemetryData.objects.all().delete()
        made_whole(point)
        rows = []
        for number, value in enumerate(read_of(shapes)):
            time = START + number * timedelta(minutes=minutes)
            flags = int(Flag.RECEIVE_TIME) if number in ours else 0
            rows.append(Reading("total", time, str(value), SOURCE, "", flags))
        rows = rows[:60] + rows[80:]
        chance = random.Random(seed)
        late = sorted(chance.sample(rows, 24), key=lambda row: row.time)
        arrive_between([row for row in rows if row not in late])
        process_backlog(NOW)
        # Near each other, so that a pass is short.
        for first in chance.sample(range(0, len(late), 2), 12):
            arrive_between(late[first : first + 2])
            process_backlog(NOW)
        assert everything() == made_whole(point)
        assert Measurement.objects.filter(variable="mean_flow").count() == len(rows)

    check()


def read_of(shapes: list[tuple[str, int]]) -> list[int]:
    counter, values = 50_000, []
    for number, (shape, step) in enumerate(shapes):
        counter = number + 1 if shape == "new meter" else counter + step + (40_000 if shape == "leap" else 0)
        odd = {"zero": 0, "tenth": counter // 10, "noise": counter - 1 - counter // 200, "status": -3200}
        values.append(odd.get(shape, counter))
    return values


def test_a_late_row_makes_its_flow_anew_and_no_more(
    arrive_between: Any, feed: Any, point: UUID, ends: list[Any]
) -> None:
    PointConfig.objects.update(config=CONFIG | {"mean_flow": {}})
    rows = feed([50_000 + 4 * hour for hour in range(24 * 9)])
    late = rows.pop(60)
    arrive_between(rows)
    process_backlog(NOW)
    arrive_between([late])
    assert process_backlog(NOW) == 4  # total, volume and flow of its own, and the flow after it
    assert ends[-1] - late.time < timedelta(days=2)
    assert everything() == made_whole(point)


def test_two_requests_are_one_that_reaches_as_far(point: UUID) -> None:
    request_all({point: START + HOUR}, now=NOW, to_times={point: START + 2 * HOUR})
    request_all({point: START}, now=NOW, to_times={point: START + HOUR})
    waiting = ProcessBacklog.objects.get()
    assert (waiting.from_time, waiting.to_time) == (START, START + 2 * HOUR)
    request_processing(point_id=point, from_time=START + 5 * HOUR, now=NOW)
    assert ProcessBacklog.objects.get().to_time is None
