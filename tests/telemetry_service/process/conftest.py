import csv
import gzip
import io
import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from telemetry_service.process.engine import Outcome, evaluate
from telemetry_service.process.meters import MeterPeriod
from telemetry_service.process.readings import Measured, Reading
from telemetry_service.process.setup import Setup, setup_of

START = datetime(2024, 3, 25, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
NOW = datetime(2024, 9, 1, tzinfo=UTC)
VARIABLES = ("flow", "level", "total")
SOURCE = UUID(int=1)
WELL = Path(__file__).parents[3] / "deploy/simulators/data/well_hourly_2024_2025.csv.gz"
# A totaliser that reads m³, in the pipe of the well in `deploy/simulators/data`.
CONFIG = {
    "pulse_constants": {"total": {"pulses_per_liter": 0.001}},
    "pipe_diameter": 0.15,
    "sensor_depth": 60.0,
}


@pytest.fixture
def config() -> dict[str, Any]:
    return CONFIG


@pytest.fixture
def feed() -> Callable[..., list[Reading]]:
    """Hourly readings of one variable; None leaves the hour out."""

    def build(
        values: Iterable[Any], variable: str = "total", *, start: datetime = START, source: UUID = SOURCE
    ) -> list[Reading]:
        times = (start + HOUR * index for index in range(10**6))
        return [
            Reading(variable, time, str(value), source)
            for time, value in zip(times, values, strict=False)
            if value is not None
        ]

    return build


@pytest.fixture
def setup() -> Callable[..., Setup]:
    def build(version: int = 1, valid_from: datetime | None = None, **changes: Any) -> Setup:
        return setup_of(version=version, valid_from=valid_from, config=CONFIG | changes)

    return build


@pytest.fixture
def run(setup: Callable[..., Setup]) -> Callable[..., Outcome]:
    def build(
        readings: Sequence[Reading],
        *,
        setups: Sequence[Setup] | None = None,
        meters: Iterable[MeterPeriod] = (),
        **more: Any,
    ) -> Outcome:
        return evaluate(readings, setups=setups or [setup()], meters=meters, **more)

    return build


@pytest.fixture
def series() -> Callable[..., list[Measured]]:
    def pick(outcome: Outcome, variable: str) -> list[Measured]:
        return sorted((row for row in outcome.measured if row.variable == variable), key=lambda row: row.time)

    return pick


@pytest.fixture(scope="session")
def well() -> list[Reading]:
    """The whole well from its second row on; the first is a stray."""
    rows = csv.DictReader(io.StringIO(gzip.decompress(WELL.read_bytes()).decode()))
    columns = (("flow", "flow_l_s"), ("level", "level_m"), ("total", "totalizer_m3"))
    return [
        Reading(variable, datetime.fromisoformat(row["measured_at"]).astimezone(UTC), row[column], SOURCE)
        for index, row in enumerate(rows)
        for variable, column in columns
        if index and row[column]
    ]


@pytest.fixture
def point(make_point: Callable[..., Any], config: dict[str, Any]) -> UUID:
    from telemetry_service.points.models import PointConfig
    from telemetry_service.raw.operations import map_series

    made = make_point()
    PointConfig.objects.create(point=made, version=1, valid_from=None, config=config)
    map_series(source_id=UUID(int=1), point_id=made.id, variables={name: name for name in VARIABLES}, origin="test")
    point_id: UUID = made.id
    return point_id


@pytest.fixture
def arrive(point: UUID) -> Callable[..., None]:
    """Raw rows come in, as `collect` brings them."""
    from telemetry_service.raw.operations import request_processing
    from telemetry_service.raw.partitions import make_partitions
    from telemetry_service.raw.store import Answer, Incoming, store

    def bring(readings: Sequence[Reading], *, now: datetime = NOW) -> None:
        answer = uuid.uuid4()
        make_partitions(device_times=[one.time for one in readings], received_at=now)
        rows = [Incoming(one.source, one.variable, one.time, one.value, "", answer, one.flags) for one in readings]
        stored = store(rows=rows, answers={answer: Answer(UUID(int=1), b"{}")}, received_at=now)
        if stored.first_at:
            request_processing(point_id=point, from_time=min(stored.first_at.values()), now=now)

    return bring


@pytest.fixture
def totals(point: UUID) -> Callable[[], list[tuple[Any, ...]]]:
    """Value and quality of the point's totals, by time."""
    from telemetry_service.measurements.models import Measurement

    rows = Measurement.objects.filter(point_id=point, variable="total").order_by("time")
    return lambda: list(rows.all().values_list("value", "quality"))
