"""What becomes of a row, and why: one verdict each, in the rows' order, whatever the others are."""

import hashlib
import json
import zlib
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from telemetry_service.health.models import ClockFault
from telemetry_service.push.place.judge import CLOSED_AFTER
from telemetry_service.raw.models import ProcessBacklog, RawAnswer, RawConflict, RawTelemetryData
from telemetry_service.sources.models import Source, State
from tests.telemetry_service.conftest import NOW
from tests.telemetry_service.push.conftest import DAY, HOUR, KEY, MINUTE, Holder, Make, row, send, stored, verdicts

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("months")]
YEAR = 365 * DAY


def reason(answer: Any, number: int = 0) -> tuple[str, str]:
    said = answer["verdicts"][number]
    assert said["verdict"] == "rejected"
    assert all(error["expected"] for error in said["errors"])
    return said["errors"][0]["field"], said["errors"][0]["problem"]


def test_every_verdict_in_the_order_of_the_rows(make_pushed: Make) -> None:
    one = make_pushed().id
    send([row(one, value="1.50")])
    answer = send(
        [
            row(one, value=2),  # known with another value
            row(one, NOW - MINUTE),
            row(uuid4()),
            row(one, value=1.5),
            row(one, NOW - 2 * HOUR),
            row(one, NOW - MINUTE, 9),
        ]
    )
    assert verdicts(answer) == ["conflict", "stored", "rejected", "duplicate", "late", "conflict"]
    assert answer["counts"] == {"stored": 1, "late": 1, "duplicate": 1, "conflict": 2, "rejected": 1}
    assert (answer["rows"], answer["verdicts"][0]["known"]) == (6, "1.50")
    assert stored() == {("caudal", NOW, "1.50"), ("caudal", NOW - MINUTE, "1.5"), ("caudal", NOW - 2 * HOUR, "1.5")}
    assert set(RawConflict.objects.values_list("value", flat=True)) == {"2", "9"}


@pytest.mark.parametrize(
    ("ago", "verdict"),
    [(CLOSED_AFTER, "stored"), (CLOSED_AFTER + timedelta(microseconds=1), "late"), (-HOUR, "stored")],
)
def test_late_is_what_comes_after_its_hour_is_closed(make_pushed: Make, ago: timedelta, verdict: str) -> None:
    assert verdicts(send([row(make_pushed().id, NOW - ago)])) == [verdict]
    assert len(stored()) == 1


def test_a_row_that_is_late_and_known_is_known(make_pushed: Make) -> None:
    late = row(make_pushed().id, NOW - DAY)
    assert verdicts(send([late, late])) == ["late", "duplicate"]
    assert verdicts(send([late, {**late, "value": 7}])) == ["duplicate", "conflict"]


def test_a_row_may_name_its_point_and_its_variable(make_pushed: Make) -> None:
    make_pushed("OB-7")
    said = row("OB-7")
    del said["key"]
    assert verdicts(send([{**said, "variable": "flow"}, row("OB-7", key="nivel"), row("OB-7")])) == [
        "stored",
        "stored",
        "duplicate",
    ]


def test_of_two_sources_of_a_point_the_one_that_is_pushed_is_meant(make_pushed: Make, make_source: Make) -> None:
    pushed = make_pushed("OB-7")
    make_source(point=pushed.point)
    assert verdicts(send([row("OB-7")])) == ["stored"]
    assert RawTelemetryData.objects.get().source_id == pushed.id
    make_pushed("OB-7", point=pushed.point)
    assert reason(send([row("OB-7", NOW - MINUTE)])) == ("source", "hay 3 fuentes de ese punto")


def test_a_polled_source_takes_what_is_pushed_too(make_source: Make) -> None:
    source = make_source()
    assert verdicts(send([row(source.id, value=3)])) == ["stored"]
    assert Source.objects.get().newest_at is None  # whoever looks at arrivals says it


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"source": str(uuid4())}, ("source", "no existe, o esta clave no es para ella")),
        ({"source": "OB-9"}, ("source", "no existe, o esta clave no es para ella")),
        ({"source": ""}, ("source", "falta")),
        ({"key": "ph"}, ("key", "esta fuente no la tiene")),
        ({"key": ""}, ("key", "falta")),
        ({"variable": "flow"}, ("variable", "viene junto con «key»")),
        ({"key": "", "variable": "ph"}, ("variable", "esta fuente no la tiene")),
        ({"time": "2026-01-02T12:00:00"}, ("time", "no dice su zona")),
        ({"time": (NOW + 10 * YEAR).isoformat()}, ("time", "está adelantada 3650 días: revise el reloj del equipo")),
        ({"time": (NOW - 4 * YEAR).isoformat()}, ("time", "es de hace 1460 días, más de lo que se conserva")),
        ({"time": "1970-01-01T00:00:00Z"}, ("time", "es de hace 20455 días, más de lo que se conserva")),
        ({"value": None}, ("value", "falta")),
        ({"value": "NaN"}, ("value", "no es un valor")),
        ({"value": "x" * 201}, ("value", "tiene 201 letras")),
    ],
)
def test_a_row_that_is_rejected_says_why(make_pushed: Make, said: dict[str, Any], expected: tuple[str, str]) -> None:
    right = row(make_pushed().id, NOW - MINUTE)
    answer = send([{**right, **said}, right])
    assert reason(answer) == expected
    assert verdicts(answer) == ["rejected", "stored"]
    assert len(stored()) == 1


def test_several_faults_of_a_row_are_all_said(make_pushed: Make) -> None:
    answer = send([row(make_pushed().id, NOW + 10 * YEAR, key="ph")])
    assert [error["field"] for error in answer["verdicts"][0]["errors"]] == ["key", "time"]


def test_a_source_of_another_key_is_as_one_that_is_not_there(make_pushed: Make) -> None:
    mine, other = make_pushed("OB-1"), make_pushed("OB-2")
    holder = Holder(sources=frozenset({mine.id}))
    answer = send([row(other.id), row("OB-2"), row(mine.id)], holder=holder)
    assert verdicts(answer) == ["rejected", "rejected", "stored"]
    assert reason(answer, 0) == reason(answer, 1) == ("source", "no existe, o esta clave no es para ella")


@pytest.mark.parametrize("state", [State.DRAFT, State.STOPPED])
def test_a_source_that_is_not_live_takes_nothing(make_pushed: Make, state: str) -> None:
    assert reason(send([row(make_pushed(state=state).id)])) == ("source", "no está activa")


def test_what_a_name_means_is_known_at_once_when_it_changes(make_pushed: Make) -> None:
    from telemetry_service.raw.models import Series

    source = make_pushed()
    assert verdicts(send([row(source.id), row(source.id, key="ph")])) == ["stored", "rejected"]
    Series.objects.filter(key="nivel").update(key="ph")
    assert verdicts(send([row(source.id, key="ph"), row(source.id, key="nivel")])) == ["stored", "rejected"]
    Source.objects.filter(id=source.id).update(state=State.STOPPED, stop_reason="prueba")
    assert verdicts(send([row(source.id, NOW - MINUTE)])) == ["rejected"]
    Source.objects.filter(id=source.id).update(state=State.ACTIVE, stop_reason="")
    assert verdicts(send([row(source.id, NOW - MINUTE)])) == ["stored"]
    source.provider.is_active = False
    source.provider.save()
    assert verdicts(send([row(source.id, NOW - HOUR)])) == ["rejected"]


def test_a_code_goes_with_its_point(make_pushed: Make) -> None:
    source = make_pushed("OB-1")
    assert verdicts(send([row("OB-1"), row("OB-2")])) == ["stored", "rejected"]
    source.point.code = "OB-2"
    source.point.save()
    assert verdicts(send([row("OB-1"), row("OB-2")])) == ["rejected", "duplicate"]


def test_what_came_is_kept_byte_for_byte_when_it_taught_something(make_pushed: Make) -> None:
    body = json.dumps([row(make_pushed().id)]).encode() + b"  \n"
    answer = send(body)
    kept = RawAnswer.objects.get()
    assert (kept.id, kept.source_id) == (UUID(answer["answer"]), KEY)
    assert zlib.decompress(bytes(kept.body)) == body
    assert bytes(kept.sha256) == hashlib.sha256(body).digest()
    send(body)
    assert RawAnswer.objects.count() == 1


def test_the_points_of_what_is_new_wait_to_be_processed(make_pushed: Make) -> None:
    one, other = make_pushed("OB-1"), make_pushed("OB-2")
    send([row(one.id, NOW - HOUR), row(one.id, NOW - MINUTE), row(other.id, NOW)])
    waiting = dict(ProcessBacklog.objects.values_list("point_id", "from_time"))
    assert waiting == {one.point_id: NOW - HOUR, other.point_id: NOW}
    ProcessBacklog.objects.all().delete()
    send([row(one.id, NOW - HOUR)])
    assert not ProcessBacklog.objects.exists()


@pytest.mark.parametrize("at", [NOW + 10 * YEAR, NOW - 20 * YEAR])
def test_a_clock_that_is_years_off_is_seen_in_the_device_s_health(make_pushed: Make, at: datetime) -> None:
    source = make_pushed()
    send([row(source.id, at)])
    fault = ClockFault.objects.get()
    assert (fault.source_id, fault.said) == (source.id, at.isoformat())


def test_a_month_without_a_partition_is_made(make_pushed: Make) -> None:
    later = NOW + 100 * DAY
    assert verdicts(send([row(make_pushed().id, later)], at=later)) == ["stored"]


def test_nothing_at_all_is_a_push_without_rows(make_pushed: Make) -> None:
    assert send([])["rows"] == 0
