"""A source of which readings arrive, and the looks that follow."""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from telemetry_service import pipeline
from telemetry_service.health.operations import check_devices
from telemetry_service.raw.partitions import make_partitions
from telemetry_service.raw.store import Answer, Incoming, store

HOUR = timedelta(hours=1)


@pytest.fixture
def source(make_source: Callable[..., Any]) -> Any:
    return make_source(variables={"caudal": "flow", "nivel": "level"}, cadence_s=3600)


@pytest.fixture
def send(now: datetime) -> Callable[..., None]:
    """Readings come at `at` with the device time `time`: `values` by key."""

    def put(
        source: Any, values: Mapping[str, Any], *, time: datetime = now, at: datetime | None = None, unit: str = ""
    ) -> None:
        received_at, answer = at or time, uuid.uuid4()
        make_partitions(device_times=[time], received_at=received_at)
        rows = [Incoming(source.id, key, time, str(value), unit, answer) for key, value in values.items()]
        with transaction.atomic():
            store(rows=rows, answers={answer: Answer(source.id, b"{}")}, received_at=received_at)

    return put


@pytest.fixture
def check() -> Callable[[datetime], int]:
    """As the sweep does: first what arrived, then the devices."""

    def look(at: datetime) -> int:
        pipeline.look_at_arrivals(at)
        return check_devices(at)

    return look
