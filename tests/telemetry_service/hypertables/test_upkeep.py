"""Retention drops whole chunks, and chunks that are over are put in the order of their key."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction

from shared.db.packing import pack_before
from shared.db.partitions import drop_before, partitions_before
from shared.testing import api_client, user_token
from telemetry_service.measurements import store as measurements
from telemetry_service.measurements.packing import pack_months
from telemetry_service.pipeline import clean_up
from telemetry_service.raw.models import RawAnswer, RawTelemetryData
from telemetry_service.raw.partitions import ANSWERS, READINGS, kept_from
from telemetry_service.raw.store import Answer, Incoming, store
from tests.telemetry_service.conftest import START

pytestmark = pytest.mark.django_db(transaction=True)
NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
DAY = timedelta(days=1)
SOURCE, ANSWER = UUID(int=1), UUID(int=100)
POINTS = [UUID(int=2), UUID(int=1)]


@pytest.fixture
def kept_and_older() -> None:
    """A row every ten days, over four years; each with an answer of its day."""
    for n in range(0, 4 * 365, 10):
        at = NOW - n * DAY
        with transaction.atomic():
            rows = [Incoming(SOURCE, "a", at, str(n), "", ANSWER)]
            store(rows=rows, answers={ANSWER: Answer(SOURCE, b"{}")}, received_at=at)


def test_retention_drops_whole_chunks_and_no_row_that_is_kept(
    kept_and_older: None, chunks: Callable[[str], int]
) -> None:
    kept = RawTelemetryData.objects.filter(device_time__gte=kept_from(NOW)).count()
    before = chunks(READINGS), chunks(ANSWERS)
    assert clean_up(NOW) > 20
    assert (chunks(READINGS), chunks(ANSWERS)) < before
    oldest = RawTelemetryData.objects.order_by("device_time").first()
    assert oldest is not None
    assert kept_from(NOW) - 30 * DAY < oldest.device_time  # a chunk ends on some day of a month
    assert RawTelemetryData.objects.filter(device_time__gte=kept_from(NOW)).count() == kept
    assert RawAnswer.objects.count() == RawTelemetryData.objects.count()
    assert clean_up(NOW) == 0


def test_what_is_dropped_is_named_and_what_ends_later_stays(kept_and_older: None) -> None:
    over = list(partitions_before(connection, READINGS, date(2023, 6, 15)))
    assert len(over) >= 11
    assert sorted(drop_before(connection, READINGS, date(2023, 6, 15))) == sorted(over)
    assert drop_before(connection, READINGS, date(2023, 6, 15)) == []


def in_order(chunk: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT point_id, variable, time FROM {chunk} ORDER BY ctid")
        rows = cursor.fetchall()
    return rows == sorted(rows)


@pytest.fixture
def mixed(measured: Any) -> Iterator[list[str]]:
    """Chunks with the rows of two points, the second's first."""
    for point in POINTS:
        with transaction.atomic():
            measured(point, "flow", [float(n) for n in range(24 * 40)])
    return list(partitions_before(connection, measurements.TABLE, (START + 90 * DAY).date()))


def test_chunks_that_are_over_are_packed_once(mixed: list[str]) -> None:
    assert [in_order(chunk) for chunk in mixed] == [False, False]
    asked = {"points": ",".join(map(str, POINTS)), "limit": "1000"}
    before = api_client(user_token()).get("/api/telemetry/data/", asked).json()
    month = (START + 90 * DAY).date()
    packed = pack_months(now=START + 365 * DAY, before=month)
    assert set(mixed) < set(packed)
    assert len(packed) == 4  # with those of the hours
    assert [in_order(chunk) for chunk in mixed] == [True, True]
    assert api_client(user_token()).get("/api/telemetry/data/", asked).json() == before
    assert pack_months(now=START + 365 * DAY, before=month) == []


def test_a_chunk_that_is_not_over_is_left(mixed: list[str]) -> None:
    assert pack_before(connection, measurements.TABLE, START.date()) == []
    assert [in_order(chunk) for chunk in mixed] == [False, False]
