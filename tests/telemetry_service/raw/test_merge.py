"""Whichever way rows take into the table, straight or by the staging table: the first that says something stays."""

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telemetry_service.raw.arrivals import take
from telemetry_service.raw.models import RawTelemetryData
from telemetry_service.raw.partitions import make_partitions
from telemetry_service.raw.store import Answer, Incoming, Verdict, store

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 31, 23, tzinfo=UTC)  # an hour before a month's end
MINUTE = timedelta(minutes=1)
SOURCES = [uuid.UUID(int=n) for n in (1, 2)]
SAID = st.tuples(
    st.sampled_from(SOURCES), st.sampled_from(["a", "b"]), st.integers(0, 120), st.sampled_from(["1", "1.0", "-2", "x"])
)
BATCHES = st.lists(st.lists(SAID, min_size=1, max_size=12), min_size=1, max_size=6)


@pytest.fixture
def months(db: None) -> None:
    make_partitions(device_times=[NOW, NOW + timedelta(days=1)], received_at=NOW)


def put(rows: list[Any]) -> list[Verdict]:
    answer = uuid.uuid4()
    incoming = [Incoming(source, key, NOW + at * MINUTE, value, "", answer) for source, key, at, value in rows]
    with transaction.atomic():
        return store(rows=incoming, answers={answer: Answer(SOURCES[0], b"[]")}, received_at=NOW).verdicts


class Model:
    """What the table should hold: a dictionary."""

    def __init__(self) -> None:
        self.rows: dict[Any, str] = {}

    def put(self, rows: list[Any]) -> Iterator[Verdict]:
        for *place, value in rows:
            known = self.rows.setdefault(tuple(place), "")
            if not known:
                self.rows[tuple(place)] = value
                yield Verdict.STORED
            else:
                is_same = known == value or {known, value} == {"1", "1.0"}
                yield Verdict.DUPLICATE if is_same else Verdict.CONFLICT


# The fixtures only make partitions, and each example rolls its own back.
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=BATCHES)
@pytest.mark.usefixtures("months")
def test_what_is_stored_and_said_is_what_a_dictionary_would_hold(batches: list[list[Any]]) -> None:
    with transaction.atomic():
        model = Model()
        for batch in batches:
            assert put(batch) == list(model.put(batch))
        rows = RawTelemetryData.objects.values_list("source_id", "key", "device_time", "value")
        assert {(source, key, (at - NOW) // MINUTE): value for source, key, at, value in rows} == model.rows
        assert sum(one.number for one in take(stores=100)) == len(model.rows)
        transaction.set_rollback(True)


def ways(rows: list[Any]) -> bool:
    """Whether the staging table was needed."""
    with CaptureQueriesContext(connection) as asked:
        put(rows)
    return any("raw_staging" in one["sql"] for one in asked.captured_queries)


@pytest.mark.usefixtures("months")
def test_only_what_lies_among_known_rows_goes_by_the_staging_table() -> None:
    one, other = SOURCES
    assert not ways([(one, "a", 10, "1"), (one, "a", 30, "1"), (other, "b", 0, "1")])
    assert not ways([(one, "a", 31, "2"), (one, "a", 90, "2"), (one, "b", 20, "1")])
    assert not ways([(one, "a", 0, "1"), (one, "a", 9, "1")])
    assert ways([(one, "a", 20, "1"), (one, "a", 40, "1")])
    assert ways([(one, "a", 30, "1")])


@pytest.mark.usefixtures("months")
def test_what_is_said_twice_in_one_batch_needs_no_staging_table() -> None:
    assert not ways([(SOURCES[0], "a", 10, "1"), (SOURCES[0], "a", 10, "2")])
    assert RawTelemetryData.objects.get().value == "1"
