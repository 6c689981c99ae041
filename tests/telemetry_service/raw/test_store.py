"""Raw rows go in once and stay as they are."""

import hashlib
import threading
import uuid
import zlib
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from telemetry_service.raw.models import RawAnswer, RawConflict, RawTelemetryData, Series
from telemetry_service.raw.operations import map_series
from telemetry_service.raw.partitions import drop_old_partitions, make_partitions, make_partitions_ahead
from telemetry_service.raw.queries import first_reading_at, readings, variables_of
from telemetry_service.raw.store import Answer, Incoming, Stored, Verdict, store

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
SOURCE, OTHER, POINT = (uuid.UUID(int=n) for n in (1, 2, 9))
ANSWER = uuid.UUID(int=100)


def put(rows: list[tuple[str, datetime, str]], *, source: uuid.UUID = SOURCE, at: datetime = NOW) -> Stored:
    make_partitions(device_times=[time for _, time, _ in rows], received_at=at)
    answer = uuid.uuid4()
    incoming = [Incoming(source, key, time, value, "", answer) for key, time, value in rows]
    with transaction.atomic():
        return store(rows=incoming, answers={answer: Answer(source, b'{"a": 1}')}, received_at=at)


def test_a_row_is_stored_once_and_never_changed() -> None:
    assert put([("a", NOW, "1.50"), ("a", NOW - HOUR, "1")]).new == 2
    assert put([("a", NOW, "9"), ("a", NOW + HOUR, "2")], at=NOW + HOUR).new == 1
    row = RawTelemetryData.objects.get(source_id=SOURCE, device_time=NOW)
    assert (row.value, row.received_at) == ("1.50", NOW)


def test_the_same_row_twice_in_one_answer_is_one_row() -> None:
    assert put([("a", NOW, "1"), ("a", NOW, "1")]).new == 1


@pytest.mark.parametrize(
    ("again", "verdict"),
    [("1.50", Verdict.DUPLICATE), ("1.5", Verdict.DUPLICATE), ("2", Verdict.CONFLICT), ("NaN", Verdict.CONFLICT)],
)
def test_a_row_that_comes_again_is_a_duplicate_or_a_conflict(again: str, verdict: Verdict) -> None:
    assert put([("a", NOW, "1.50"), ("a", NOW, again)]).verdicts == [Verdict.STORED, verdict]
    assert put([("b", NOW, "1"), ("a", NOW, again), ("a", NOW, again)]).verdicts == [Verdict.STORED, verdict, verdict]
    assert RawTelemetryData.objects.get(key="a").value == "1.50"


def test_another_value_for_a_time_that_we_have_is_kept_beside_it_once_and_with_its_answer() -> None:
    put([("a", NOW, "1")])
    for _ in range(2):
        put([("a", NOW, "2")], at=NOW + HOUR)
    conflict = RawConflict.objects.get()
    assert (conflict.key, conflict.device_time, conflict.value, conflict.received_at) == ("a", NOW, "2", NOW + HOUR)
    assert RawAnswer.objects.filter(id=conflict.answer_id).exists()
    assert RawAnswer.objects.count() == 2


def test_a_conflict_is_kept_once() -> None:
    said = {"source_id": SOURCE, "key": "a", "device_time": NOW, "value": "2", "received_at": NOW, "answer_id": ANSWER}
    RawConflict.objects.create(**said)
    with pytest.raises(IntegrityError, match="raw_conflict_value_once"), transaction.atomic():
        RawConflict.objects.create(**said)


@pytest.mark.django_db(transaction=True)
def test_of_two_transactions_with_one_row_only_one_stored_it() -> None:
    """The second begins before the first commits, and waits for it: what it finds then is not its own."""
    put([("other", NOW, "0")])
    ready, committed = threading.Event(), threading.Event()
    second: list[Stored] = []

    def late() -> None:
        ready.wait()
        second.append(put([("b", NOW, "1"), ("a", NOW, "2")]))
        connection.close()

    thread = threading.Thread(target=late)
    thread.start()
    with transaction.atomic():
        first = put([("a", NOW, "1")])
        ready.set()
        committed.wait(0.5)  # time for the other to come as far as the row that it cannot have
    thread.join()
    assert first.verdicts == [Verdict.STORED]
    assert second[0].verdicts == [Verdict.STORED, Verdict.CONFLICT]


def test_it_says_from_when_on_something_is_new() -> None:
    rows = [("a", NOW - n * HOUR, "1") for n in range(3)]
    assert put(rows[:1]).first_at == {SOURCE: NOW}
    assert put(rows).first_at == {SOURCE: NOW - 2 * HOUR}
    assert put(rows).first_at == {}


def test_an_answer_is_kept_with_its_digest_when_it_taught_something() -> None:
    make_partitions(device_times=[NOW], received_at=NOW)
    body, useless = b'{"v": 42.50}' * 50, uuid.uuid4()
    answers = {ANSWER: Answer(SOURCE, body), useless: Answer(SOURCE, b"[]")}
    store(rows=[Incoming(SOURCE, "a", NOW, "42.50", "", ANSWER)], answers=answers, received_at=NOW)
    kept = RawAnswer.objects.get()
    assert (kept.id, zlib.decompress(bytes(kept.body)), kept.size) == (ANSWER, body, len(body))
    assert bytes(kept.sha256) == hashlib.sha256(body).digest()


def test_a_digest_of_another_length_is_refused() -> None:
    make_partitions(device_times=[NOW], received_at=NOW)
    with pytest.raises(IntegrityError, match="raw_answer_sha256_length"), transaction.atomic():
        RawAnswer.objects.create(id=ANSWER, received_at=NOW, source_id=SOURCE, sha256=b"x", size=1, body=b"")


@pytest.mark.parametrize("table", ["raw_telemetry_data", "raw_answer"])
def test_the_natural_keys_are_named(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE conrelid = to_regclass(%s) AND contype = 'p'", [table])
        assert cursor.fetchone() == (f"{table}_pkey",)


def map_keys(source: uuid.UUID = SOURCE, origin: str = "o", **variables: str) -> None:
    map_series(source_id=source, origin=origin, point_id=POINT, variables=variables)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("series_key_once_per_source", {"origin": "x", "key": "a", "variable": "total"}),
        ("series_key_once_per_origin", {"source_id": OTHER, "key": "a", "variable": "total"}),
        ("series_variable_once_per_source", {"origin": "x", "key": "b", "variable": "flow"}),
        ("series_key_and_variable_said", {"origin": "x", "key": "", "variable": "total"}),
        ("series_key_and_variable_said", {"origin": "x", "key": "b", "variable": ""}),
        ("series_holds_some_time_or_none", {"origin": "x", "key": "b", "variable": "total", "holds_s": -1}),
        ("series_span_has_both_ends_in_order", {"origin": "x", "key": "b", "variable": "total", "span_from": NOW}),
        (
            "series_span_has_both_ends_in_order",
            {"origin": "x", "key": "b", "variable": "total", "span_from": NOW, "span_to": NOW - HOUR},
        ),
    ],
)
def test_what_a_key_is_said_to_be(name: str, said: dict[str, object]) -> None:
    map_keys(a="flow")
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Series.objects.create(**({"source_id": SOURCE, "origin": "o", "point_id": POINT} | said))


def test_a_source_may_say_one_variable_of_several_points() -> None:
    map_keys(a="flow")
    map_series(source_id=SOURCE, origin="o", point_id=OTHER, variables={"b": "flow"})
    assert set(Series.objects.values_list("point_id", "variable")) == {(POINT, "flow"), (OTHER, "flow")}


def test_readings_of_a_point_come_by_time_over_all_its_sources() -> None:
    map_keys(a="flow", b="total")
    map_keys(OTHER, "o2", c="level")
    put([("b", NOW, "2"), ("a", NOW, "1"), ("a", NOW - HOUR, "0"), ("unmapped", NOW, "7")])
    put([("c", NOW - HOUR / 2, "5"), ("c", NOW + HOUR, "6")], source=OTHER)
    found = list(readings(point_id=POINT, start=NOW - HOUR, end=NOW + HOUR))
    assert [(one.variable, one.value) for one in found] == [
        ("flow", "0"),
        ("level", "5"),
        ("flow", "1"),
        ("total", "2"),
    ]
    assert found[0].device_time == NOW - HOUR
    assert found[0].device_time.tzinfo is not None
    some = readings(point_id=POINT, start=NOW - HOUR, end=NOW + HOUR, variables=["total"])
    assert [one.value for one in some] == ["2"]
    assert first_reading_at(POINT) == NOW - HOUR
    assert first_reading_at(uuid.uuid4()) is None
    assert variables_of([SOURCE, OTHER]) == {SOURCE: {"a": "flow", "b": "total"}, OTHER: {"c": "level"}}


def test_a_key_mapped_to_another_variable_leaves_the_row_alone() -> None:
    map_keys(a="flow")
    put([("a", NOW, "1")])
    Series.objects.update(variable="total")
    (reading,) = readings(point_id=POINT, start=NOW, end=NOW + HOUR)
    assert (reading.variable, reading.value) == ("total", "1")


def test_a_month_without_a_partition_is_an_error_and_then_it_is_there() -> None:
    row = [Incoming(SOURCE, "a", datetime(2019, 5, 1, tzinfo=UTC), "1", "", ANSWER)]
    answers = {ANSWER: Answer(SOURCE, b"")}
    with pytest.raises(IntegrityError), transaction.atomic():
        store(rows=row, answers=answers, received_at=NOW)
    assert make_partitions(device_times=[row[0].device_time], received_at=NOW) >= 1
    assert store(rows=row, answers=answers, received_at=NOW).new == 1


def test_months_are_made_ahead_once() -> None:
    assert make_partitions_ahead(now=NOW) == 6
    assert make_partitions_ahead(now=NOW) == 0


@pytest.mark.django_db(transaction=True)
def test_months_beyond_retention_are_dropped_whole() -> None:
    old, young = NOW - timedelta(days=3 * 365 + 40), NOW - timedelta(days=3 * 365 - 40)
    put([("a", old, "1"), ("a", young, "2")])
    assert drop_old_partitions(now=NOW) >= 1
    values = list(RawTelemetryData.objects.filter(source_id=SOURCE).values_list("value", flat=True))
    assert values == ["2"]
    assert partition_of(old.date()) is None
    assert partition_of(young.date()) is not None


def partition_of(day: date) -> str | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)::text", [f"raw_telemetry_data_y{day.year}m{day.month:02d}"])
        row = cursor.fetchone()
    return row[0] if row else None
