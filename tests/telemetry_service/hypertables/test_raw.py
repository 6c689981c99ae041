"""Raw rows are put down once, copied or merged, and what another says of the same time is kept beside them."""

import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from telemetry_service.raw import merge
from telemetry_service.raw.fresh import put_fresh
from telemetry_service.raw.lots import arrange
from telemetry_service.raw.models import RawAnswer, RawConflict, RawTelemetryData
from telemetry_service.raw.partitions import ANSWERS, READINGS, make_partitions, make_partitions_kept
from telemetry_service.raw.store import Answer, Incoming, Stored, Verdict, lot_of, store

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SOURCE = UUID(int=1)
BODY = b'{"a": 1}'
Rows = list[tuple[str, datetime, str]]


def incoming(rows: Rows, answer: UUID) -> list[Incoming]:
    return [Incoming(SOURCE, key, time, value, "", answer) for key, time, value in rows]


def put(rows: Rows, *, at: datetime = NOW) -> Stored:
    answer = uuid.uuid4()
    with transaction.atomic():
        return store(rows=incoming(rows, answer), answers={answer: Answer(SOURCE, BODY)}, received_at=at)


def stored() -> Rows:
    return list(RawTelemetryData.objects.order_by("key", "device_time").values_list("key", "device_time", "value"))


def test_what_is_new_is_copied_into_chunks_that_are_made_by_it(chunks: Callable[[str], int], monkeypatch: Any) -> None:
    monkeypatch.delattr(merge, "_staged")
    rows = [("a", NOW - 35 * n * 24 * HOUR, str(n)) for n in range(4)]
    assert put(rows).new == 4
    assert (stored(), chunks(READINGS), chunks(ANSWERS)) == (sorted(rows), 4, 1)


def test_what_is_known_in_part_is_merged(monkeypatch: Any) -> None:
    put([("a", NOW, "1"), ("a", NOW + 2 * HOUR, "3")])
    monkeypatch.delattr(merge, "_copied")
    again = put([("a", NOW, "1.0"), ("a", NOW + HOUR, "2"), ("a", NOW + 2 * HOUR, "9"), ("b", NOW, "5")], at=NOW + HOUR)
    assert again.verdicts == [Verdict.DUPLICATE, Verdict.STORED, Verdict.CONFLICT, Verdict.STORED]
    assert [value for _, _, value in stored()] == ["1", "2", "3", "5"]
    conflict = RawConflict.objects.get()
    assert (conflict.device_time, conflict.value) == (NOW + 2 * HOUR, "9")
    assert RawAnswer.objects.filter(id=conflict.answer_id, received_at=NOW + HOUR).exists()


def test_a_copy_that_meets_a_known_row_after_all_is_merged(monkeypatch: Any) -> None:
    """As where another transaction came between the look and the copy."""
    put([("a", NOW, "1")])
    monkeypatch.setattr(merge, "_is_new", lambda *_: _savepoint())
    assert put([("a", NOW, "1"), ("a", NOW + HOUR, "2")]).verdicts == [Verdict.DUPLICATE, Verdict.STORED]


def _savepoint() -> bool:
    with merge.connection.cursor() as cursor:
        cursor.execute("SAVEPOINT raw_copy")
    return True


def test_the_same_batch_again_changes_nothing() -> None:
    rows = [("a", NOW + n * HOUR, str(n)) for n in range(50)]
    put(rows)
    assert (put(rows, at=NOW + HOUR).new, RawAnswer.objects.count(), stored()) == (0, 1, rows)


@pytest.mark.django_db(transaction=True)
def test_all_in_one_message_is_all_or_nothing() -> None:
    def fresh(rows: Rows) -> bool:
        answer = uuid.uuid4()
        lot = lot_of(incoming(rows, answer), NOW)
        return put_fresh(lot, arrange(lot), {answer: Answer(SOURCE, BODY)}, [])

    assert fresh([("a", NOW, "1")])
    assert not fresh([("a", NOW - HOUR, "0"), ("a", NOW, "1")])
    assert (stored(), RawAnswer.objects.count()) == ([("a", NOW, "1")], 1)


def test_nothing_is_made_ahead(chunks: Callable[[str], int]) -> None:
    assert make_partitions(device_times=[NOW], received_at=NOW) == 0
    assert make_partitions_kept(now=NOW) == 0
    assert (chunks(READINGS), chunks(ANSWERS)) == (0, 0)
