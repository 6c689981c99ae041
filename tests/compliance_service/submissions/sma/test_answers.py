"""What SMA answers to a stamp, and what follows: each switch of the simulator has its test."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from compliance_service.obligations.models import ComplianceConfig
from compliance_service.receipts.models import Receipt
from compliance_service.submissions.models import Attempt, ComplianceData
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import DAY, LOOK, SLOT, Telemetry
from tests.compliance_service.submissions.sma.conftest import (
    DOUBT,
    MINUTE,
    SECOND,
    TWO,
    Desk,
    meanings,
    statuses,
)

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


def test_an_answer_lost_after_storing_is_found_by_sending_again(
    make_process: Make, good: Make, desk: Desk, run: Make
) -> None:
    config = make_process()
    good(config.point_id)
    desk.faults(timeout_after_storing={"rate": 1, "first_attempts": 1})
    run()
    assert statuses() == ["IN_DOUBT"]
    assert run(LOOK + DOUBT - SECOND) == 0
    assert run(LOOK + DOUBT) == 1
    assert (statuses(), len(desk.records())) == (["CONFIRMED"], 1)
    assert Receipt.objects.get().voucher == desk.records()[0]["verification"]


@pytest.mark.parametrize("fault", ["html_502", "html_403", "json_500", "rate_limited", "empty_body", "truncated"])
def test_what_is_no_answer_is_a_doubt_that_the_next_sending_ends(
    make_process: Make, good: Make, desk: Desk, run: Make, fault: str
) -> None:
    config = make_process()
    good(config.point_id)
    desk.faults(**{fault: {"rate": 1, "first_attempts": 1, "what": ["registros"]}})
    run()
    assert (statuses(), meanings()) == (["IN_DOUBT"], ["unreadable_answer"])
    run(LOOK + DOUBT)
    assert (statuses(), len(desk.records())) == (["CONFIRMED"], 1)


def test_a_slow_answer_is_an_answer(make_process: Make, good: Make, desk: Desk, run: Make) -> None:
    config = make_process()
    good(config.point_id)
    desk.faults(slow={"rate": 1, "seconds": 0.3})
    run()
    assert statuses() == ["CONFIRMED"]


def test_an_answer_slower_than_anybody_waits_is_a_doubt(make_process: Make, good: Make, desk: Desk, run: Make) -> None:
    config = make_process()
    good(config.point_id)
    source = config.source
    source.config = source.config | {"timeout_s": 0.3}
    source.save()
    desk.faults(slow={"rate": 1, "seconds": 1.2, "first_attempts": 1, "what": ["registros"]})
    run()
    assert (statuses(), meanings()) == (["IN_DOUBT"], ["no_answer"])
    limit = time.monotonic() + 20
    while not desk.received("registros"):  # it goes on with what nobody waits for any more
        assert time.monotonic() < limit
        time.sleep(0.05)
    run(LOOK + DOUBT)
    assert statuses() == ["CONFIRMED"]


def test_201_is_an_acceptance(make_process: Make, good: Make, desk: Desk, run: Make) -> None:
    config = make_process()
    good(config.point_id)
    desk.faults(created_201=1)
    run()
    assert (statuses(), Attempt.objects.get().response_status) == (["CONFIRMED"], 201)


def test_an_acceptance_without_identifier_waits_for_a_person_and_never_leaves_again(
    make_process: Make, good: Make, desk: Desk, run: Make
) -> None:
    config = make_process()
    good(config.point_id)
    desk.faults(ok_without_voucher=1)
    for at in (LOOK, LOOK + DOUBT, LOOK + DAY, LOOK + 9 * DAY):
        run(at)
    submission = ComplianceData.objects.get()
    assert (submission.status, submission.held_reason) == ("HELD", "accepted_without_voucher")
    assert len(desk.received("registros")) == 1


@pytest.mark.parametrize(
    ("fault", "status", "reason"),
    [
        ("duplicate_refused", "CONFIRMED", ""),
        ("duplicate_new_id", "CONFIRMED", ""),
        ("duplicate_without_voucher", "HELD", "duplicate_without_voucher"),
    ],
)
def test_whatever_a_duplicate_is_told_it_is_not_sent_again(
    make_process: Make, good: Make, desk: Desk, run: Make, fault: str, status: str, reason: str
) -> None:
    config = make_process()
    good(config.point_id)
    desk.faults(timeout_after_storing={"rate": 1, "first_attempts": 1}, **{fault: 1})
    for at in (LOOK, LOOK + DOUBT, LOOK + 2 * DOUBT, LOOK + DAY):
        run(at)
    submission = ComplianceData.objects.get()
    assert (submission.status, submission.held_reason) == (status, reason)
    assert len(desk.received("registros")) == 2
    assert Receipt.objects.filter(by_duplicate=True).exists() is (fault == "duplicate_refused")


def test_a_foreign_process_stops_that_work_only(
    make_process: Make, make_pair: Make, good: Make, desk: Desk, run: Make
) -> None:
    foreign = make_process(code="4321/1", minutes=3)
    own, other = make_pair()
    good(foreign.point_id, 3)
    good(own.point_id)
    good(other)
    for minute in range(3):
        run(LOOK + minute * MINUTE)
    assert ComplianceConfig.objects.get(id=foreign.id).stopped_at == LOOK
    assert Attempt.objects.filter(submission__config=foreign).count() == 1
    assert ComplianceData.objects.get(config=own).status == "CONFIRMED"


def test_documents_that_are_refused_one_after_another_stop_the_work(
    make_process: Make, good: Make, desk: Desk, run: Make
) -> None:
    config = make_process(minutes=6, devices=[{"id": "8903", "parameters": TWO}])  # one parameter too few
    good(config.point_id, 6)
    for minute in range(6):
        run(LOOK + minute * MINUTE)
    config.refresh_from_db()
    assert (meanings(), config.stopped_at) == (["invalid_document"] * 3, LOOK + 2 * MINUTE)
    assert statuses()[:3] == ["REJECTED"] * 3
    assert desk.records() == []


def test_an_objection_to_what_may_be_there_waits_for_a_person(
    make_process: Make, good: Make, desk: Desk, run: Make
) -> None:
    config = make_process(devices=[{"id": "8903", "parameters": TWO}])
    good(config.point_id)
    desk.faults(html_502={"rate": 1, "first_attempts": 1, "what": ["registros"]})
    for at in (LOOK, LOOK + DOUBT, LOOK + DAY):
        run(at)
    submission = ComplianceData.objects.get()
    assert (submission.status, submission.held_reason) == ("HELD", "refused_in_doubt")
    assert meanings() == ["unreadable_answer", "invalid_document"]


def test_identifiers_of_another_stamp_are_held(make_process: Make, good: Make, desk: Desk, run: Make) -> None:
    config = make_process(minutes=2)
    good(config.point_id, 2)
    run()
    taken = desk.records()[0]["verification"]
    run(LOOK + MINUTE)
    assert len({row["verification"] for row in desk.records()}) == 2
    from django.db import IntegrityError, transaction

    with pytest.raises(IntegrityError, match="receipt_voucher_once"), transaction.atomic():
        Receipt.objects.exclude(voucher=taken).update(voucher=taken)


def test_dga_and_sma_of_the_same_point_do_not_wait_for_each_other(
    make_config: Make, make_process: Make, good: Make, telemetry: Telemetry, desk: Desk, regulator: Any, run: Make
) -> None:
    work, process = make_config(), make_process()
    telemetry.good(work.point_id)
    good(process.point_id)
    desk.faults(html_502=1)
    assert run() == 2
    assert len(regulator.records()) == 1
    assert ComplianceData.objects.get(config=work).status == "CONFIRMED"


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_send_each_stamp_once(make_process: Make, good: Make, desk: Desk, run: Make) -> None:
    from compliance_service.authorities.operations import sync_sources

    sync_sources()  # a test of its own transactions begins with an empty database
    config = make_process(minutes=3)
    good(config.point_id, 3)

    def look(second: int) -> int:
        try:
            return run(LOOK + timedelta(hours=2) + second * SECOND)
        finally:
            connection.close()

    for second in range(0, 60, 6):
        with ThreadPoolExecutor(max_workers=4) as pool:
            list(pool.map(look, [second] * 4))
    assert (Receipt.objects.count(), len(desk.records()), Attempt.objects.count()) == (3, 3, 3)


def test_a_receipt_that_nobody_can_be_asked_about_is_counted_as_such(
    make_process: Make, good: Make, desk: Desk, run: Make
) -> None:
    from compliance_service.receipts.operations import read_again
    from compliance_service.receipts.read_back import read_back

    config = make_process()
    good(config.point_id)
    run()
    read_again(receipt_ids=[Receipt.objects.get().id], now=LOOK)
    assert read_back(LOOK + DAY) == 0
    said = api_client(user_token()).get("/api/compliance/receipts/verification/").json()
    assert (said["receipts"], said["cannot_be_read"], said["not_yet_read"]) == (1, 1, 0)


def test_a_person_stands_by_a_doubtful_stamp_and_it_is_sent_whole(
    make_process: Make, good: Make, telemetry: Telemetry, desk: Desk, run: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = make_process()
    good(config.point_id)
    telemetry.set(config.point_id, "flow", 99.0, 3, "spike")
    run(SLOT + 15 * MINUTE)
    now = SLOT + 20 * MINUTE
    monkeypatch.setattr("shared.clock.now", lambda: now)
    staff = api_client(user_token(proved_at=now))
    (held,) = staff.get("/api/compliance/review/").json()["results"]
    item = {"submission": held["submission"], "seen": held["seen"]}
    done = staff.post(
        "/api/compliance/review/", {"action": "accept", "note": "medido así", "items": [item]}, format="json"
    )
    assert done.json()["results"][0]["verdict"] == "accepted"
    run(now)
    assert [one["valor"] for one in desk.records()[0]["document"]] == ["99.00", "1010", "9.85"]


def test_words_that_a_person_wrote_down_for_sma_decide(make_process: Make, good: Make, desk: Desk, run: Make) -> None:
    """One parameter too few: by its status it would be an invalid document, and three of them would stop the work."""
    from compliance_service.authorities.operations import add_answer

    said = {"meaning": "refused", "note": "se reintenta", "by": "user:ops@example.cl", "now": LOOK - DAY}
    add_answer(code="SMA", position=10, pattern="parámetro|faltan|falta", **said)
    config = make_process(devices=[{"id": "8903", "parameters": TWO}])
    good(config.point_id)
    run()
    assert (statuses(), meanings()) == (["ERROR"], ["refused"])
