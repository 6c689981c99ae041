"""From raw rows to what is made of the measurements, by the pass that every worker runs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from telemetry_service.measurements.models import Measurement
from telemetry_service.measurements.store import DERIVED
from telemetry_service.pipeline import process
from telemetry_service.points.models import PointConfig
from telemetry_service.raw.models import Series
from telemetry_service.raw.operations import map_series, request_processing
from telemetry_service.raw.partitions import make_partitions
from telemetry_service.raw.store import Answer, Incoming, store

pytestmark = pytest.mark.django_db
NOW = datetime(2024, 9, 1, tzinfo=UTC)
START = datetime(2024, 3, 25, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST, OTHER = UUID(int=1), UUID(int=2)
LEVELS = {
    "sensor_depth": 60.0,
    "virtual_variables": {"head": {"formula": "520 - water_table", "unit": "m"}},
}


@pytest.fixture
def well(make_point: Callable[..., Any]) -> UUID:
    point = make_point("OB-1")
    PointConfig.objects.create(point=point, version=1, valid_from=None, config=LEVELS)
    map_series(source_id=FIRST, point_id=point.id, variables={"nivel": "level"}, origin="test")
    return UUID(str(point.id))


def bring(point: UUID, *levels: float, source: UUID = FIRST, start: datetime = START) -> None:
    answer = uuid4()
    times = [start + HOUR * index for index in range(len(levels))]
    make_partitions(device_times=times, received_at=NOW)
    rows = [
        Incoming(source, "nivel", time, str(level), "", answer, 0) for time, level in zip(times, levels, strict=True)
    ]
    store(rows=rows, answers={answer: Answer(source, b"{}")}, received_at=NOW)
    request_processing(point_id=point, from_time=START, now=NOW)


def heads(point: UUID) -> list[float | None]:
    rows = Measurement.objects.filter(point_id=point, variable="head").order_by("time")
    assert set(rows.values_list("source_id", flat=True)) <= {DERIVED}
    return list(rows.values_list("value", flat=True))


def test_a_raw_row_ends_in_a_virtual_variable(well: UUID) -> None:
    bring(well, 10.0, 20.0)
    process(NOW)
    assert heads(well) == [470.0, 480.0]


def test_rows_withdrawn_take_away_what_was_made_of_them_and_nothing_else(well: UUID) -> None:
    """A measurement that no reading speaks for goes; what is made of those that stay is not taken for one of them."""
    map_series(source_id=OTHER, point_id=well, variables={"nivel": "level"}, origin="other", rank=2)
    bring(well, 10.0)
    bring(well, 20.0, source=OTHER, start=START + HOUR)
    process(NOW)
    assert heads(well) == [470.0, 480.0]
    Series.objects.filter(source_id=OTHER).update(withdrawn_at=NOW)
    request_processing(point_id=well, from_time=START, now=NOW)
    process(NOW + HOUR)
    assert heads(well) == [470.0]
    request_processing(point_id=well, from_time=START, now=NOW)
    assert process(NOW + 2 * HOUR) == 0
