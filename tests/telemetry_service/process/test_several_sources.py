"""A point read by several sources: each measurement is of the one that speaks, whenever its rows came."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from telemetry_service.measurements.models import Measurement
from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.operations import process_backlog
from telemetry_service.process.readings import Reading
from telemetry_service.raw.flags import Flag
from telemetry_service.raw.models import RawTelemetryData, Series
from telemetry_service.raw.operations import map_series, request_processing
from telemetry_service.raw.precedence import Rank
from tests.telemetry_service.process.conftest import HOUR, NOW, START

pytestmark = pytest.mark.django_db
FALLBACK, CORRECTION = UUID(int=2), UUID(int=3)
Arrive = Callable[..., None]


@pytest.fixture(autouse=True)
def series(point: UUID) -> None:
    Series.objects.filter(point_id=point).update(holds_s=3600)
    keys = {"level": "level"}
    map_series(source_id=FALLBACK, origin="2", point_id=point, variables=keys, rank=Rank.FIRST + 1, holds_s=3600)


def levels(point: UUID) -> list[tuple[datetime, float | None, UUID]]:
    rows = Measurement.objects.filter(point_id=point, variable="level").order_by("time")
    return list(rows.values_list("time", "value", "source_id"))


def table(point: UUID) -> list[Any]:
    rows = Measurement.objects.filter(point_id=point).order_by("variable", "time")
    return list(rows.values_list("variable", "time", "value", "quality", "reasons", "source_id"))


def test_a_fallback_fills_what_the_first_left_out(
    point: UUID, feed: Callable[..., list[Reading]], arrive: Arrive
) -> None:
    arrive(feed([30, None, None, 33], "level"))
    arrive(feed([1, 2, 3, 4], "level", source=FALLBACK))
    process_backlog(NOW)
    assert [value for _, value, _ in levels(point)] == [30, 2, 3, 33]


def test_what_the_first_says_late_takes_the_fallbacks_place(
    point: UUID, feed: Callable[..., list[Reading]], arrive: Arrive
) -> None:
    """The fallback's readings lie half an hour before: they go, though nothing was said at their very time."""
    arrive(feed([1, 2, 3], "level", source=FALLBACK, start=START - timedelta(minutes=30)))
    process_backlog(NOW)
    assert [value for _, value, _ in levels(point)] == [1, 2, 3]
    arrive(feed([30, 31, 32], "level"))
    process_backlog(NOW)
    assert [value for _, value, _ in levels(point)] == [30, 31, 32]


def test_hour_by_hour_or_shuffled_gives_what_one_pass_gives(
    point: UUID, feed: Callable[..., list[Reading]], arrive: Arrive
) -> None:
    chance = random.Random(7)
    first = feed([30 + n % 3 if n % 7 else None for n in range(60)], "level")
    second = feed(range(80), "level", source=FALLBACK, start=START - 10 * HOUR + timedelta(minutes=20))
    rows = [*first, *second]
    chance.shuffle(rows)
    for begin in range(0, len(rows), 9):
        arrive(rows[begin : begin + 9])
        process_backlog(NOW)
    piecemeal = table(point)
    Measurement.objects.filter(point_id=point).delete()
    request_processing(point_id=point, from_time=START - 20 * HOUR, now=NOW)
    process_backlog(NOW)
    assert piecemeal == table(point)
    assert {source for *_, source in piecemeal} == {UUID(int=1), FALLBACK}


def test_a_correction_replaces_a_span_and_its_withdrawal_brings_back_what_was_there(
    point: UUID, feed: Callable[..., list[Reading]], arrive: Arrive
) -> None:
    arrive(feed([30, 31, 32, 33, 34], "level"))
    process_backlog(NOW)
    before = table(point)
    map_series(source_id=CORRECTION, origin="3", point_id=point, variables={"level": "level"}, rank=Rank.CORRECTION)
    correction = Series.objects.filter(source_id=CORRECTION)
    correction.update(span_from=START + HOUR, span_to=START + 3 * HOUR)
    arrive([Reading("level", START + hours * HOUR, "99", CORRECTION) for hours in (1, 3)])
    request_processing(point_id=point, from_time=START + HOUR, now=NOW)
    process_backlog(NOW)
    assert [value for _, value, _ in levels(point)] == [30, 99, 99, 34]
    correction.update(withdrawn_at=NOW)
    request_processing(point_id=point, from_time=START + HOUR, now=NOW)
    process_backlog(NOW)
    assert table(point) == before


def test_what_is_measured_outlives_its_raw_rows(
    point: UUID, feed: Callable[..., list[Reading]], arrive: Arrive
) -> None:
    """Three years on the rows of March are gone; a fallback is withdrawn, and everything is asked for anew."""
    arrive(feed([30, 31], "level"))
    process_backlog(NOW)
    before = table(point)
    RawTelemetryData.objects.all().delete()
    Series.objects.filter(source_id=FALLBACK).update(withdrawn_at=NOW)
    request_processing(point_id=point, from_time=START, now=NOW)
    process_backlog(NOW + timedelta(days=3 * 366))
    assert table(point) == before


def test_a_time_that_is_ours_makes_a_measurement_suspect(point: UUID, arrive: Arrive) -> None:
    flags = int(Flag.RECEIVE_TIME)
    said = [("level", "30"), ("total", "100"), ("total", "101"), ("total", "102")]
    arrive([Reading(name, START + n * HOUR, value, UUID(int=1), "", flags) for n, (name, value) in enumerate(said)])
    process_backlog(NOW)
    rows = Measurement.objects.filter(point_id=point).exclude(quality=Quality.NOT_EVALUATED)
    assert {row.variable for row in rows} >= {"level", "water_table", "total", "volume"}
    assert all(row.quality >= Quality.SUSPECT and row.reasons & Reason.RECEIVE_TIME for row in rows)
