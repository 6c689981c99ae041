"""A source whose readings arrive as the test says, and what must be known of them in the end."""

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from telemetry_service.gaps.days import ZONES, day_of, days_between, instant, loss_on, micros, today_begins
from telemetry_service.gaps.holes import Hole, holes, rhythm_at_end
from telemetry_service.gaps.models import Completeness, Gap
from telemetry_service.gaps.pieces import Known
from telemetry_service.gaps.rhythm import Rhythms
from telemetry_service.gaps.silences import LEAST, RHYTHMS
from telemetry_service.gaps.states import GapState, Kind
from telemetry_service.raw.models import RawTelemetryData
from telemetry_service.raw.partitions import make_partitions
from telemetry_service.raw.store import Answer, Incoming, store

SECOND = 1_000_000
HOUR = timedelta(hours=1)
Rows = list[tuple[Any, ...]]


@pytest.fixture
def bring(now: datetime) -> Callable[..., None]:
    """Raw rows come in, one store for each call. `values` by default all the same."""

    def put(
        source: Any, times: Sequence[datetime], *, key: str = "caudal", at: datetime = now, value: str = "1"
    ) -> None:
        make_partitions(device_times=times, received_at=at)
        answer = uuid.uuid4()
        rows = [Incoming(source.id, key, time, value, "", answer) for time in times]
        with transaction.atomic():
            store(rows=rows, answers={answer: Answer(source.id, b"{}")}, received_at=at)

    return put


def times_of(source: Any, key: str) -> list[int]:
    rows = RawTelemetryData.objects.filter(source_id=source.id, key=key).order_by("device_time")
    return [micros(at) for at in rows.values_list("device_time", flat=True)]


def all_holes(times: Sequence[int], rhythms: Rhythms, now: datetime) -> list[Hole | Known]:
    """Everything that is missing, worked out from all readings at once; a lasting silence is a Known without end."""
    found: list[Hole | Known] = list(holes(times, rhythms))
    cadence = rhythm_at_end(times, rhythms) if times else None
    cadence_s = max(round(cadence / SECOND), 1) if cadence else None
    if cadence_s and instant(times[-1]) + max(LEAST, RHYTHMS * cadence_s * timedelta(seconds=1)) < now:
        found.append(Known(0, times[-1], None, 0, cadence_s * SECOND, GapState.OPEN))
    return found


def expected_gaps(spans: Sequence[Any]) -> Rows:
    return [
        (instant(one.start), instant(one.end) if one.end else None, one.missing, max(round(one.cadence / SECOND), 1))
        for one in spans
    ]


def expected_days(times: Sequence[int], spans: Sequence[Any], now: datetime) -> Rows:
    """Recomputed day by day."""
    today = today_begins(now)
    rows = []
    for name, zone in ZONES.items():
        if not times:
            continue
        for day in days_between(times[0], max(times[-1], today[name]), zone):
            received = sum(day_of(at, zone) == day for at in times)
            loss = loss_on(day, spans, zone, today=today[name])
            if received or loss.missing:
                rows.append((name, day, received, loss.missing, loss.longest // SECOND))
    return sorted(rows)


def kept_gaps(source: Any, key: str) -> Rows:
    gaps = Gap.objects.filter(source=source, key=key).exclude(state=GapState.FILLED).exclude(kind=Kind.ASKED)
    return list(gaps.order_by("from_time").values_list("from_time", "to_time", "missing", "cadence_s"))


def kept_days(source: Any, key: str) -> Rows:
    rows = Completeness.objects.filter(source_id=source.id, key=key).order_by("zone", "day")
    return list(rows.values_list("zone", "day", "received", "missing", "longest_gap_s"))


@pytest.fixture
def agrees() -> Callable[..., None]:
    """What is kept equals what a full look would give."""

    def check(source: Any, now: datetime, *, key: str = "caudal", rhythms: Rhythms | None = None) -> None:
        times = times_of(source, key)
        spans = all_holes(times, rhythms or Rhythms(), now)
        assert kept_gaps(source, key) == expected_gaps(spans)
        assert kept_days(source, key) == expected_days(times, spans, now)

    return check


@pytest.fixture
def source(make_source: Callable[..., Any]) -> Any:
    return make_source()


@pytest.fixture
def hourly(source: Any, bring: Callable[..., None], now: datetime) -> Callable[..., None]:
    """Hourly readings up to `now`, of which those are left out that lie so many hours before it."""

    def put(hours: int = 48, *, without: Sequence[int] = (), key: str = "caudal", until: datetime = now) -> None:
        bring(source, [until - n * HOUR for n in range(hours) if n not in without], key=key, at=until)

    return put
