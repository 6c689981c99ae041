from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from telemetry_service.measurements.store import make_partitions, merge

START = datetime(2024, 3, 25, 17, tzinfo=UTC)
SOURCE = UUID("5d0c9f2a-3b1e-4f7d-8a66-0e4b7c9d1f20")


@pytest.fixture
def measured(db: None) -> Callable[..., int]:
    """Hourly measurements of one series, good unless said."""

    def build(point: UUID, variable: str, values: list[Any], *, quality: int = 1, reasons: int = 0, **more: Any) -> int:
        times = [START + timedelta(hours=hour) for hour in range(len(values))]
        make_partitions(times)
        rest = (None, quality, reasons, SOURCE, more.get("version", 1), None)
        rows = [(point, variable, time, value, *rest) for time, value in zip(times, values, strict=True)]
        return merge(rows, now=more.get("now", START + timedelta(minutes=2)))

    return build
