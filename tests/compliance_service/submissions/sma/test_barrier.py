"""Stamps of a proceso and the barrier that waits for all of their parameters, against SMA's simulator."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from compliance_service.obligations.models import Obligation
from compliance_service.receipts.models import Receipt
from compliance_service.submissions.models import ComplianceData, Move
from tests.compliance_service.conftest import DAY, LOOK, SLOT, Telemetry
from tests.compliance_service.submissions.sma.conftest import MINUTE, SECOND, Desk, statuses

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


def test_a_good_stamp_ends_in_a_receipt(make_process: Make, good: Make, desk: Desk, run: Make) -> None:
    config = make_process()
    good(config.point_id)
    assert run() == 1
    (record,) = desk.records()
    assert [(one["nombre"], one["valor"], one["unidad"], one["estampaTiempo"]) for one in record["document"]] == [
        ("Q", "10.00", "l/s", "2024-05-13T10:00:00"),
        ("VA", "1010", "m3", "2024-05-13T10:00:00"),
        ("NF", "9.85", "m", "2024-05-13T10:00:00"),
    ]
    receipt = Receipt.objects.get()
    assert (receipt.voucher, receipt.next_read_at) == (record["verification"], None)
    assert Obligation.objects.get().outcome == "receipt"
    assert list(Move.objects.order_by("id").values_list("new", flat=True)) == ["PENDING", "SENT", "CONFIRMED"]
    assert run(LOOK + DAY) == 0


def test_the_duties_are_a_minute_apart(make_process: Make) -> None:
    make_process(minutes=60)
    slots = list(Obligation.objects.order_by("slot_at").values_list("slot_at", flat=True))
    assert slots == [SLOT + minute * MINUTE for minute in range(60)]
    assert Obligation.objects.first().deadline_at - SLOT == timedelta(hours=12)  # type: ignore[union-attr]


@pytest.mark.parametrize(("standard", "count"), [("CINCO_MINUTOS", 12), ("MEDIA_HORA", 2), ("HORA", 1)])
def test_a_permit_may_ask_less_often(make_process: Make, standard: str, count: int) -> None:
    make_process(minutes=60, standard=standard)
    assert Obligation.objects.count() == count


def test_one_log_in_serves_a_day_of_stamps(make_process: Make, good: Make, desk: Desk, run: Make) -> None:
    config = make_process(minutes=5)
    good(config.point_id, 5)
    for minute in range(5):
        run(LOOK + minute * MINUTE)
    assert (len(desk.received("login")), len(desk.records())) == (1, 5)


def test_one_log_in_serves_every_work_of_a_company(
    make_process: Make, make_pair: Make, good: Make, desk: Desk, run: Make
) -> None:
    one, (two, other) = make_process(), make_pair()
    for point in (one.point_id, two.point_id, other):
        good(point)
    assert (run(), len(desk.received("login")), len(desk.received("registros"))) == (2, 1, 2)


def test_all_devices_of_a_stamp_go_in_one_call(make_pair: Make, good: Make, desk: Desk, run: Make) -> None:
    config, other = make_pair()
    good(config.point_id)
    good(other)
    assert run() == 1
    assert [row["device"] for row in desk.records()] == ["8901", "8902"]
    assert len({row["verification"] for row in desk.records()}) == 1


def test_a_stamp_waits_for_its_last_device(make_pair: Make, good: Make, desk: Desk, run: Make) -> None:
    config, other = make_pair()
    good(config.point_id)
    assert run() == 0
    assert Obligation.objects.get().waiting_for == "no_Q_of_8902"
    good(other)
    assert run(SLOT + 7 * MINUTE) == 1
    assert len(desk.received("registros")) == 1


def test_after_the_barrier_the_whole_devices_go_without_the_other(
    make_pair: Make, good: Make, desk: Desk, run: Make
) -> None:
    config, _ = make_pair()
    good(config.point_id)
    assert [run(SLOT + minute * MINUTE) for minute in (2, 7, 15)] == [0, 0, 1]
    assert [row["device"] for row in desk.records()] == ["8901"]
    submission = ComplianceData.objects.get()
    assert (submission.status, submission.evidence["left_out"]) == ("CONFIRMED", {"8902": "no_Q_of_8902"})


def test_a_stamp_is_never_sent_a_second_time_for_a_device_that_came_late(
    make_pair: Make, good: Make, desk: Desk, run: Make
) -> None:
    config, other = make_pair()
    good(config.point_id)
    run(SLOT + 15 * MINUTE)
    good(other)
    assert [run(SLOT + DAY), run(SLOT + 8 * DAY)] == [0, 0]
    assert len(desk.received("registros")) == 1


def test_what_never_came_is_explained_with_a_typed_cause(make_process: Make, desk: Desk, run: Make) -> None:
    make_process()
    for at in (LOOK, SLOT + 15 * MINUTE, SLOT + 7 * DAY + 2 * MINUTE):
        run(at)
    duty = Obligation.objects.get()
    assert (duty.outcome, duty.cause, duty.explained_by) == ("explained", "incomplete_stamp", "system")
    assert "dispositivo 8903: Q, VA, NF" in duty.note
    assert (desk.received("registros"), ComplianceData.objects.count()) == ([], 0)


def test_a_doubtful_stamp_waits_for_a_person_and_never_leaves(
    make_process: Make, good: Make, telemetry: Telemetry, desk: Desk, run: Make
) -> None:
    config = make_process()
    good(config.point_id)
    telemetry.set(config.point_id, "flow", 99.0, 3, "spike")
    for at in (LOOK, SLOT + 15 * MINUTE, SLOT + DAY, SLOT + 9 * DAY):
        run(at)
    submission = ComplianceData.objects.get()
    assert (submission.status, submission.held_reason) == ("HELD", "spike")
    assert (desk.received("registros"), Obligation.objects.get().outcome) == ([], "open")


def test_what_becomes_good_is_sent(make_process: Make, good: Make, telemetry: Telemetry, desk: Desk, run: Make) -> None:
    config = make_process()
    good(config.point_id)
    telemetry.set(config.point_id, "flow", 99.0, 3, "spike")
    run(SLOT + 15 * MINUTE)
    good(config.point_id)
    assert run(SLOT + 30 * MINUTE) == 1
    assert statuses() == ["CONFIRMED"]


def test_a_backlog_goes_at_its_own_pace_and_whole(make_process: Make, good: Make, desk: Desk, run: Make) -> None:
    config = make_process(minutes=6)
    good(config.point_id, 6)
    start = LOOK + timedelta(hours=3)
    sent = [run(start + second * SECOND) for second in range(0, 37, 3)]
    assert [3 * place for place, count in enumerate(sent) if count] == [0, 6, 12, 18, 24, 30]
    stamps = [row["stamp"] for row in desk.received("registros")]
    assert stamps == sorted(stamps)
