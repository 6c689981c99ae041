"""Points with derived variables, and measurements of their inputs as `process` would store them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

START = datetime(2024, 3, 25, tzinfo=UTC)
NOW = datetime(2024, 9, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SOURCE = UUID(int=7)
Said = tuple[UUID, str, int, float | None, int]  # point, variable, minute, value, quality


@pytest.fixture
def configured(make_point: Callable[..., Any]) -> Callable[..., UUID]:
    """A point with these versions of a configuration, each from the minute it is keyed by; None is always."""
    from telemetry_service.points.models import PointConfig

    def build(config: Mapping[str, Any] | None = None, *, code: str = "OB-1", **later: Mapping[str, Any]) -> UUID:
        point = make_point(code)
        PointConfig.objects.create(point=point, version=1, valid_from=None, config=config or {})
        for version, (minute, one) in enumerate(later.items(), 2):
            at = START + int(minute.removeprefix("m")) * MINUTE
            PointConfig.objects.create(point=point, version=version, valid_from=at, config=one)
        return UUID(str(point.id))

    return build


@pytest.fixture
def arrive(db: None) -> Callable[..., int]:
    """Measurements of inputs come in. `gone`: those that no reading speaks for any more."""
    from telemetry_service.measurements.store import make_partitions, merge
    from telemetry_service.virtual.backlog import note_changed

    def bring(rows: Sequence[Said], *, now: datetime = NOW, reasons: int = 0) -> int:
        make_partitions(START + minute * MINUTE for _, _, minute, _, _ in rows)
        with transaction.atomic():
            changed = merge(
                [
                    (point, variable, START + minute * MINUTE, value, None, quality, reasons, SOURCE, 1, None)
                    for point, variable, minute, value, quality in rows
                ],
                now=now,
            )
            note_changed(now=now)
        return changed

    return bring


@pytest.fixture
def stored() -> Callable[..., list[tuple[Any, ...]]]:
    """Minute, value, quality and reasons of a series, by time."""
    from telemetry_service.measurements.quality import reason_names

    def read(point: UUID, variable: str) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT time, value, quality, reasons FROM measurement "
                "WHERE point_id = %s AND variable = %s ORDER BY 1",
                [point, variable],
            )
            return [
                (int((time - START) / MINUTE), value, quality, *reason_names(reasons))
                for time, value, quality, reasons in cursor.fetchall()
            ]

    return read


@pytest.fixture
def everything() -> Callable[[], list[tuple[Any, ...]]]:
    """All derived measurements but the stamp of when each was known, and all roll-ups of them."""

    def read() -> list[tuple[Any, ...]]:
        from telemetry_service.measurements.store import DERIVED

        rows: list[tuple[Any, ...]] = []
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT point_id, variable, time, value, quality, reasons, config_version FROM measurement "
                "WHERE source_id = %s ORDER BY 1, 2, 3",
                [DERIVED],
            )
            rows += cursor.fetchall()
            for table in ("measurement_latest", "measurement_hourly", "measurement_daily"):
                cursor.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4")
                rows += cursor.fetchall()
        return rows

    return read


@pytest.fixture
def again(db: None) -> Callable[[], int]:
    """Everything derived is made anew from nothing."""
    from telemetry_service.measurements.store import DERIVED, measured_points, rebuild
    from telemetry_service.virtual.models import DerivedBacklog, DerivedInput, SeenDerived
    from telemetry_service.virtual.operations import process_derived

    def make() -> int:
        points = measured_points()
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM measurement WHERE source_id = %s", [DERIVED])
        for point in points:
            rebuild(point_id=point)
        for model in (DerivedBacklog, DerivedInput, SeenDerived):
            model.objects.all().delete()
        return process_derived(NOW)

    return make
