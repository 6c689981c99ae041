"""What came is noted with the rows, and taken once."""

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from telemetry_service.raw.arrivals import Arrived, take
from telemetry_service.raw.models import Arrival
from telemetry_service.raw.partitions import make_partitions
from telemetry_service.raw.store import Answer, Incoming, store

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SOURCE = uuid.UUID(int=1)


def put(rows: Sequence[tuple[str, datetime, str]]) -> None:
    make_partitions(device_times=[at for _, at, _ in rows], received_at=NOW)
    answer = uuid.uuid4()
    with transaction.atomic():
        incoming = [Incoming(SOURCE, key, at, value, "", answer) for key, at, value in rows]
        store(rows=incoming, answers={answer: Answer(SOURCE, b"{}")}, received_at=NOW)


def micros(at: datetime) -> int:
    return round(at.timestamp()) * 1_000_000


def taken() -> list[Arrived]:
    with transaction.atomic():
        return sorted(take(stores=100), key=lambda one: (one.key, one.first))


def test_one_entry_for_each_series_and_hour() -> None:
    put([("a", NOW, "1"), ("a", NOW + 59 * MINUTE, "2"), ("a", NOW + HOUR, "3"), ("b", NOW, "4")])
    assert Arrival.objects.count() == 1
    assert [(one.key, one.first, one.last, one.number) for one in taken()] == [
        ("a", micros(NOW), micros(NOW + 59 * MINUTE), 2),
        ("a", micros(NOW + HOUR), micros(NOW + HOUR), 1),
        ("b", micros(NOW), micros(NOW), 1),
    ]


def test_only_what_is_new_has_arrived() -> None:
    put([("a", NOW, "1")])
    put([("a", NOW, "1"), ("a", NOW, "2")])
    assert Arrival.objects.count() == 1
    put([("a", NOW, "1"), ("a", NOW + MINUTE, "1")])
    assert [one.number for one in taken()] == [1, 1]


def test_it_is_taken_once_and_comes_back_with_its_transaction() -> None:
    put([("a", NOW, "1")])

    def crash() -> None:
        with transaction.atomic():
            take(stores=1)
            raise RuntimeError("the machine went away")

    with pytest.raises(RuntimeError):
        crash()
    assert len(taken()) == 1
    assert taken() == []


def test_the_oldest_stores_come_first() -> None:
    for n in range(3):
        put([("a", NOW + n * HOUR, "1")])
    with transaction.atomic():
        assert {one.first for one in take(stores=2)} == {micros(NOW), micros(NOW + HOUR)}


def test_values_below_zero_are_named_with_their_times() -> None:
    put([("a", NOW, "-3200"), ("a", NOW + MINUTE, "5"), ("b", NOW, "1"), ("c", NOW, "- n/a")])
    found = {one.key: one.negatives for one in taken()}
    assert found == {"a": {NOW.isoformat(): "-3200"}, "b": None, "c": {NOW.isoformat(): "- n/a"}}


def test_the_entries_are_whole() -> None:
    said = {"sources": [SOURCE], "keys": ["a"], "firsts": [NOW], "lasts": [NOW], "counts": [1], "negatives": [None]}
    Arrival.objects.create(**said)
    for missing in ("keys", "firsts", "lasts", "counts", "negatives"):
        with pytest.raises(IntegrityError, match="arrival_entries_whole"), transaction.atomic():
            Arrival.objects.create(**said | {missing: []})
    with pytest.raises(IntegrityError, match="arrival_entries_whole"), transaction.atomic():
        Arrival.objects.create(**{name: [] for name in said})
