"""From raw rows to stored measurements, against PostgreSQL."""

import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from telemetry_service.points.models import PointConfig
from telemetry_service.process.models import Checkpoint, Meter, MeterStatus
from telemetry_service.process.operations import process_backlog
from telemetry_service.process.readings import Reading
from telemetry_service.raw.models import ProcessBacklog
from telemetry_service.raw.operations import request_processing

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 9, 1, tzinfo=UTC)
START = datetime(2024, 3, 25, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
VARIABLES = ("flow", "level", "total")


def stored_rows(variable: str | None = None) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT * FROM measurement WHERE %(variable)s IS NULL OR variable = %(variable)s ORDER BY 1, 2, 3",
            {"variable": variable},
        )
        return list(cursor.fetchall())


def values(variable: str) -> list[float | None]:
    return [row[3] for row in stored_rows(variable)]


def qualities(variable: str) -> list[int]:
    return [row[6] for row in stored_rows(variable)]


def in_batches(rows: Sequence[Reading], size: int) -> Iterable[Sequence[Reading]]:
    return (rows[first : first + size] for first in range(0, len(rows), size))


def test_rows_become_measurements_and_the_backlog_is_empty(arrive: Any, feed: Any) -> None:
    arrive(feed([50_000, 50_010]) + feed([1.5, 1.6], "flow") + feed([0.9, 1.0], "level"))
    assert process_backlog(NOW) == 10
    assert values("total") == [50_000, 50_010]
    assert values("volume") == [0, 10]
    assert values("water_table") == [59.1, 59]
    assert not ProcessBacklog.objects.exists()


def test_scenario_14_replaying_writes_nothing(arrive: Any, feed: Any, point: UUID) -> None:
    arrive(feed([49_990, 50_000, 0, 50_010, 12]))
    process_backlog(NOW)
    before = stored_rows()
    request_processing(point_id=point, from_time=START, now=NOW)
    assert process_backlog(NOW + HOUR) == 0
    assert stored_rows() == before


def test_hour_by_hour_or_shuffled_gives_what_one_pass_gives(arrive: Any, feed: Any, well: Any, run: Any) -> None:
    """Across the replacement of the real well, with late rows."""
    days = [row for row in well if START + timedelta(days=25) < row.time < START + timedelta(days=35)]
    late = random.Random(3).sample(days, len(days) // 20)
    on_time = [row for row in days if row not in late]
    for batch in [*in_batches(on_time, 60), late]:
        arrive(batch)
        process_backlog(NOW)
    expected = {(row.variable, row.time): (row.value, row.quality, row.reasons) for row in run(days).measured}
    assert {(row[1], row[2]): (row[3], row[6], row[7]) for row in stored_rows()} == expected
    (meter,) = Meter.objects.all()
    assert (meter.status, meter.installed_at) == (MeterStatus.CONFIRMED, datetime(2024, 4, 24, 14, tzinfo=UTC))


def test_a_late_row_recomputes_from_the_checkpoint_before_it(arrive: Any, feed: Any, point: UUID) -> None:
    rows = feed([50_000 + hour for hour in range(24 * 5)])
    late = rows.pop(60)
    arrive(rows)
    process_backlog(NOW)
    known = {row[2]: row[-1] for row in stored_rows("volume")}
    arrive([late])
    assert process_backlog(NOW + HOUR) == 2
    assert {row[2]: row[-1] for row in stored_rows("volume") if row[2] != late.time} == known
    days = sorted(at.date() for at in Checkpoint.objects.filter(point_id=point).values_list("at", flat=True))
    assert len(days) == len(set(days)) == 6


def test_a_replacement_is_a_proposal_then_a_meter(arrive: Any, feed: Any) -> None:
    seen = [49_990, 50_000, 12, 15, 19, 24, 28, 31, 35, 38]
    arrive(feed(seen[:5]))
    process_backlog(NOW)
    assert list(Meter.objects.values_list("status", flat=True)) == [MeterStatus.PROPOSED]
    assert qualities("total") == [1, 1, 3, 3, 3]
    arrive(feed(seen))
    process_backlog(NOW)
    (meter,) = Meter.objects.all()
    assert (meter.status, meter.opening_reading, meter.previous_reading) == (MeterStatus.CONFIRMED, 12, 50_000)
    assert set(qualities("total")) == {1}


def test_a_proposal_that_was_a_glitch_goes_away(arrive: Any, feed: Any) -> None:
    arrive(feed([49_990, 50_000, 12, 15]))
    process_backlog(NOW)
    arrive(feed([49_990, 50_000, 12, 15, 50_010]))
    process_backlog(NOW)
    assert not Meter.objects.exists()
    assert qualities("total") == [1, 1, 3, 3, 1]


def test_scenario_11_a_corrected_configuration_recomputes_from_its_date(arrive: Any, feed: Any, point: UUID) -> None:
    arrive(feed([1.0] * 4, "level"))
    process_backlog(NOW)
    config = PointConfig.objects.get(point_id=point).config
    changed_at = START + 2 * HOUR
    PointConfig.objects.create(point_id=point, version=2, valid_from=changed_at, config=config | {"sensor_depth": 55})
    assert process_backlog(NOW + HOUR) == 4
    assert values("water_table") == [59, 59, 54, 54]
    assert [row[9] for row in stored_rows("water_table")] == [1, 1, 2, 2]


def test_a_point_that_fails_stops_no_other(
    arrive: Any, feed: Any, make_point: Any, monkeypatch: pytest.MonkeyPatch, point: UUID
) -> None:
    from telemetry_service.process import operations

    arrive(feed([50_000, 50_010]))
    broken = make_point("ROTO").id
    request_processing(point_id=broken, from_time=START, now=NOW - HOUR)
    known = operations.known_of

    def fail(point_id: UUID, **named: Any) -> Any:
        if point_id == broken:
            raise RuntimeError("broken on purpose")
        return known(point_id, **named)

    monkeypatch.setattr(operations, "known_of", fail)
    with pytest.raises(RuntimeError):
        process_backlog(NOW)
    assert values("total") == [50_000, 50_010]
    assert list(ProcessBacklog.objects.values_list("point_id", flat=True)) == [broken]
