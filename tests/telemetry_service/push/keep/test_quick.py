"""New rows take one question and one message; whatever else they are, the long way says the same of them."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from shared.db.pieces import Grain, pieces
from telemetry_service.push.keep import operations, quick
from telemetry_service.push.models import PushAnswer
from telemetry_service.raw.models import Arrival, ProcessBacklog, RawAnswer, RawTelemetryData, Series
from telemetry_service.raw.partitions import ANSWERS, READINGS
from telemetry_service.raw.precedence import Rank
from tests.telemetry_service.conftest import NOW
from tests.telemetry_service.push.conftest import DAY, HOUR, MINUTE, Make, row, send, stored, verdicts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("months")]


@pytest.fixture
def long_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operations, "keep_fresh", lambda *_, **__: False)


def written() -> list[Any]:
    """Everything that a push leaves, but for its answer's own id."""
    return [
        sorted(RawTelemetryData.objects.values_list("key", "device_time", "value", "unit", "received_at")),
        sorted(RawAnswer.objects.values_list("sha256", "size", "received_at")),
        sorted(PushAnswer.objects.values_list("key_id", "idempotency_key", "digest", "received_at")),
        sorted(ProcessBacklog.objects.values_list("from_time", "to_time", "version", "requested_at")),
        sorted(map(str, Arrival.objects.values_list("keys", "firsts", "lasts", "counts", "negatives"))),
    ]


def rows_of(source: Any) -> list[dict[str, Any]]:
    return [
        row(source, NOW - 3 * HOUR, "-5"),
        row(source, NOW - 2 * HOUR, 1, unit="m3/h"),
        row(source, value=7, key="nivel"),
        row(source, value=None),
    ]


def test_new_rows_take_one_question_and_one_message(make_pushed: Make) -> None:
    source = make_pushed().id
    send([row(source, NOW - DAY)])  # so that what the source means is known
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert (
            verdicts(send([row(source, NOW - n * MINUTE) for n in range(50)], idempotency_key="a")) == ["stored"] * 50
        )
    said = [one["sql"] if isinstance(one["sql"], str) else one["sql"].decode() for one in asked.captured_queries]
    ours = [one.lstrip() for one in said if "SAVEPOINT" not in one]  # those are of the test's own transaction
    assert [one.partition(" ")[0] for one in ours] == ["SELECT", "COPY"]


def test_both_ways_write_and_answer_the_same(make_pushed: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make_pushed().id
    quickly = send(rows_of(source), idempotency_key="a")
    left = written()
    for model in (RawTelemetryData, RawAnswer, PushAnswer, ProcessBacklog, Arrival):
        model.objects.all().delete()
    monkeypatch.setattr(operations, "keep_fresh", lambda *_, **__: False)
    slowly = send(rows_of(source), idempotency_key="a")
    assert {**quickly, "answer": ""} == {**slowly, "answer": ""}
    assert left == written()


def test_another_writer_that_came_between_is_found_out(make_pushed: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    source = make_pushed().id
    send([row(source, value=1)])
    monkeypatch.setattr(quick, "_is_fresh", lambda *_: True)
    answer = send([row(source, value=1), row(source, NOW - MINUTE)], idempotency_key="a")
    assert verdicts(answer) == ["duplicate", "stored"]
    assert len(stored()) == 2
    assert send([row(source, value=1), row(source, NOW - MINUTE)], idempotency_key="a") == answer


@pytest.mark.parametrize(("table", "month"), [(READINGS, date(2025, 11, 1)), (ANSWERS, date(2026, 1, 1))])
def test_a_month_without_a_partition_takes_the_long_way(make_pushed: Make, table: str, month: date) -> None:
    source = make_pushed().id
    (whole,) = pieces(month, Grain.MONTH)
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TABLE "{table}{whole.suffix}"')
    assert verdicts(send([row(source, NOW - 50 * DAY), row(source)])) == ["late", "stored"]
    assert len(stored()) == 2


@pytest.mark.parametrize("way", ["quick", "long"])
def test_a_late_row_asks_for_what_it_may_change_and_no_more(
    make_pushed: Make, way: str, request: pytest.FixtureRequest
) -> None:
    if way == "long":
        request.getfixturevalue("long_way")
    send([row(make_pushed().id, NOW - 30 * DAY), row(make_pushed("OB-2").id, NOW - DAY)])
    spans = ProcessBacklog.objects.order_by("from_time").values_list("from_time", "to_time")
    assert list(spans) == [(NOW - 30 * DAY,) * 2, (NOW - DAY,) * 2]


@pytest.mark.parametrize("way", ["quick", "long"])
def test_where_series_have_ranks_a_row_reaches_further(
    make_pushed: Make, way: str, request: pytest.FixtureRequest
) -> None:
    if way == "long":
        request.getfixturevalue("long_way")
    first = make_pushed()
    second = make_pushed(point=first.point)
    Series.objects.filter(source_id=first.id).update(holds_s=600)
    Series.objects.filter(source_id=second.id).update(rank=Rank.FIRST + 1)
    send([row(first.id)])
    (span,) = ProcessBacklog.objects.values_list("from_time", "to_time")
    assert span == (NOW - timedelta(minutes=10), NOW + timedelta(minutes=10))
