"""However readings come, shuffled, twice, cut into pushes of any size, in any format, by another way in too: what is
stored at the end is the truth, each row once.
"""

import json
import random
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.db.partitions import drop_before
from telemetry_service.push.errors import KeyReused
from telemetry_service.push.keep import operations
from telemetry_service.push.keep.operations import keep
from telemetry_service.push.keep.together import Together
from telemetry_service.push.operations import push
from telemetry_service.raw.models import ProcessBacklog, RawConflict, RawTelemetryData
from telemetry_service.raw.store import Answer, Incoming, store
from tests.telemetry_service.conftest import NOW
from tests.telemetry_service.push.conftest import HOUR, MINUTE, Holder, Make, csv_of, ndjson_of, row, send, stored

ENCODINGS = {
    "application/json": lambda rows: json.dumps(rows).encode(),
    "application/x-ndjson": ndjson_of,
    "text/csv": csv_of,
}
TRUTH = st.dictionaries(
    st.tuples(st.sampled_from(["caudal", "nivel"]), st.integers(0, 300)),
    st.integers(-9999, 9999).map(lambda n: f"{n / 8}"),
    min_size=1,
    max_size=25,
)


def rows_of(source: Any, truth: dict[tuple[str, int], str]) -> list[dict[str, Any]]:
    return [row(source, NOW - ago * MINUTE, value, key) for (key, ago), value in truth.items()]


def expected(truth: dict[tuple[str, int], str]) -> set[tuple[str, datetime, str]]:
    return {(key, NOW - ago * MINUTE, value) for (key, ago), value in truth.items()}


def cut(rows: list[Any], order: random.Random) -> Iterator[list[Any]]:
    while rows:
        size = order.randint(1, 9)
        yield rows[:size]
        rows = rows[size:]


# The fixtures only make rows, and each example rolls its own back.
@pytest.mark.django_db
@pytest.mark.usefixtures("months")
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(truth=TRUTH, order=st.randoms(use_true_random=False))
def test_the_end_is_the_truth(make_pushed: Make, truth: dict[tuple[str, int], str], order: random.Random) -> None:
    with transaction.atomic():
        try:
            source = make_pushed(f"OB-{order.random()}").id
            said = rows_of(source, truth) * 2
            order.shuffle(said)
            for part in cut(said, order):
                form = order.choice(sorted(ENCODINGS))
                answer = send(ENCODINGS[form](part), content_type=form)
                assert answer["counts"]["conflict"] == answer["counts"]["rejected"] == 0
            assert stored() == expected(truth)
            assert ProcessBacklog.objects.get().from_time == NOW - max(ago for _, ago in truth) * MINUTE
        finally:
            transaction.set_rollback(True)


@pytest.fixture
def partitions_gone(transactional_db: None) -> Iterator[None]:
    yield
    for table in ("raw_telemetry_data", "raw_answer"):
        drop_before(connection, table, date(2100, 1, 1))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("partitions_gone", "months")
def test_devices_that_push_the_same_at_once(make_pushed: Make) -> None:
    """By two processes' worth of keepers: what one stores the other knows, and each row is said to be new once."""
    order = random.Random(7)
    source = make_pushed().id
    truth = {("caudal", ago): str(order.random()) for ago in range(300)}
    rows = rows_of(source, truth)
    keepers = [Together(lambda pushes: keep(pushes, now=NOW)) for _ in range(2)]

    def device(number: int) -> int:
        mine = rows[:]
        random.Random(number).shuffle(mine)
        new = 0
        try:
            for n, part in enumerate(cut(mine, random.Random(number))):
                answer = push(
                    body=json.dumps(part).encode(),
                    content_type="application/json",
                    encoding="",
                    idempotency_key=f"{number}-{n}",
                    holder=Holder(key_id=uuid.UUID(int=number)),
                    now=NOW,
                    together=keepers[number % 2],
                )
                counts = json.loads(answer)["counts"]
                new += counts["stored"] + counts["late"]
        finally:
            connection.close()
        return new

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(device, range(6))) == len(truth)
    assert stored() == expected(truth)
    assert not RawConflict.objects.exists()


@pytest.mark.django_db
@pytest.mark.usefixtures("months")
def test_the_same_reading_by_poll_by_broker_and_by_push_is_one_row(make_source: Make) -> None:
    """A poll and a broker put rows down as the store is given them; a push names the same source and key."""
    source = make_source()
    answer = uuid.uuid4()
    polled = [Incoming(source.id, "caudal", NOW - HOUR, "1.50", "", answer)]
    with transaction.atomic():
        store(rows=polled, answers={answer: Answer(source.id, b"{}")}, received_at=NOW)
    assert send([row(source.id, NOW - HOUR, 1.5)])["counts"]["duplicate"] == 1
    send([row(source.id, NOW, 2)])
    with transaction.atomic():
        again = [Incoming(source.id, "caudal", NOW, "2.0", "", answer)]
        assert store(rows=again, answers={answer: Answer(source.id, b"{}")}, received_at=NOW).new == 0
    assert stored() == {("caudal", NOW - HOUR, "1.50"), ("caudal", NOW, "2")}


@pytest.mark.django_db
@pytest.mark.usefixtures("months")
def test_what_is_wrong_with_one_push_is_no_trouble_of_those_beside_it(
    make_pushed: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = make_pushed().id
    written = operations._tried

    def broken(pushes: Any, *rest: Any) -> None:
        if any(one.idempotency_key == "bad" for one in pushes):
            raise ValueError("a row that nobody foresaw")
        written(pushes, *rest)

    monkeypatch.setattr(operations, "_tried", broken)
    outcomes = {}

    def together(pushes: Any) -> None:
        """All three at once, as after a long transaction."""
        waiting.extend(pushes)

    waiting: list[Any] = []
    for n, name in enumerate(("good", "bad", "fine")):
        with pytest.raises(Exception, match="interrumpió"):
            push(
                body=json.dumps([row(source, NOW - n * MINUTE)]).encode(),
                content_type="application/json",
                encoding="",
                idempotency_key=name,
                holder=Holder(),
                now=NOW,
                together=Together(together),
            )
    keep(waiting, now=NOW)
    outcomes = {one.idempotency_key: one.outcome for one in waiting}
    assert isinstance(outcomes["good"], bytes)
    assert isinstance(outcomes["fine"], bytes)
    assert "ValueError" in str(outcomes["bad"])
    assert {at for _, at, _ in stored()} == {NOW, NOW - 2 * MINUTE}


@pytest.mark.django_db
@pytest.mark.usefixtures("months")
def test_one_name_twice_in_one_transaction(make_pushed: Make) -> None:
    """The same push by two connections at once: one is kept, the other gets its answer; another body is refused."""
    source = make_pushed().id
    waiting: list[Any] = []
    for value in (1, 1, 2):
        with pytest.raises(Exception, match="interrumpió"):
            send_into(waiting, [row(source, value=value)])
    keep(waiting, now=NOW)
    first, again, other = (one.outcome for one in waiting)
    assert isinstance(first, bytes)
    assert first == again
    assert isinstance(other, KeyReused)
    assert RawTelemetryData.objects.get().value == "1"


def send_into(waiting: list[Any], rows: Any) -> None:
    push(
        body=json.dumps(rows).encode(),
        content_type="application/json",
        encoding="",
        idempotency_key="one",
        holder=Holder(),
        now=NOW,
        together=Together(waiting.extend),
    )
