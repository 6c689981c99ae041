"""Stamps of a proceso, followed to their end against SMA's simulator: each switch has its test."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from compliance_service.authorities.models import AuthoritySession
from compliance_service.obligations.models import ComplianceConfig, Obligation
from compliance_service.receipts.models import Receipt
from compliance_service.submissions.models import Attempt, ComplianceData, Move
from compliance_service.submissions.operations import resume
from shared.testing import api_client, user_token
from tests.compliance_service.conftest import DAY, LOOK, SLOT, Telemetry
from tests.compliance_service.submissions.sma.conftest import MINUTE, PASSWORD, Desk

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
SECOND = timedelta(seconds=1)
DOUBT = timedelta(minutes=5)
GAP = 6 * SECOND


def meanings() -> list[str]:
    return list(Attempt.objects.order_by("id").values_list("meaning", flat=True))


def statuses() -> list[str]:
    return list(ComplianceData.objects.order_by("slot_at").values_list("status", flat=True))


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


# --- the log-in


def test_an_expired_token_is_renewed_before_it_is_used(make_process: Make, good: Make, desk: Desk, run: Make) -> None:
    config = make_process(minutes=2)
    good(config.point_id, 2)
    desk.faults(expires_soon={"rate": 1, "seconds": 330})  # five minutes are kept back: it is good for thirty seconds
    run()
    run(LOOK + MINUTE)
    assert (len(desk.received("login")), meanings()) == (2, ["accepted", "accepted"])


def test_a_token_is_renewed_after_its_24_hours(make_process: Make, good: Make, desk: Desk, run: Make) -> None:
    config = make_process(minutes=1)
    later = make_process(code="1234/567", start=SLOT + DAY, devices=[{"id": "8901", "parameters": TWO}])
    good(config.point_id)
    good(later.point_id, start=SLOT + DAY)
    run()
    run(LOOK + DAY)
    assert (len(desk.received("login")), meanings()) == (2, ["accepted", "accepted"])


TWO = [{"name": "Q", "unit": "l/s", "variable": "flow"}, {"name": "VA", "unit": "m3", "variable": "total"}]


def test_a_401_midway_is_followed_by_one_log_in(make_process: Make, good: Make, desk: Desk, run: Make) -> None:
    config = make_process(minutes=10)
    good(config.point_id, 1)
    run()
    good(config.point_id, 1, start=SLOT + 5 * MINUTE)
    desk.faults(token_refused={"rate": 1, "first_attempts": 1, "what": ["registros"]})
    at = LOOK + 5 * MINUTE
    assert [run(at), run(at), run(at + GAP)] == [1, 1, 0]
    assert meanings() == ["accepted", "session_ended", "accepted"]
    assert (len(desk.received("login")), len(desk.records())) == (2, 2)


def test_a_401_after_a_new_log_in_is_no_loop(make_process: Make, good: Make, desk: Desk, run: Make) -> None:
    config = make_process()
    good(config.point_id)
    desk.faults(token_refused={"rate": 1, "what": ["registros"]})
    sent = sum(run(LOOK + second * SECOND) for second in range(0, 60, 5))
    assert (sent, meanings()) == (1, ["session_refused"])
    desk.faults(token_refused=0)
    assert run(LOOK + MINUTE) == 1
    assert statuses() == ["CONFIRMED"]


def test_a_wrong_password_stops_the_work_until_a_person_mends_it(
    make_process: Make, good: Make, desk: Desk, run: Make
) -> None:
    config = make_process(minutes=3, password="otra")
    good(config.point_id, 3)
    for minute in range(3):
        run(LOOK + minute * MINUTE)
    config.refresh_from_db()
    assert "ingreso a SMA" in config.stopped_reason
    assert (len(desk.received("login")), meanings(), desk.received("registros")) == (1, ["log_in_refused"], [])
    ComplianceConfig.objects.filter(id=config.id).update(password=PASSWORD)
    assert resume(config_id=config.id, by="user:ops", now=LOOK + 5 * MINUTE) == 1
    for second in range(0, 900, 60):
        run(LOOK + 5 * MINUTE + second * SECOND)
    assert (statuses(), len(desk.records())) == (["CONFIRMED"] * 3, 3)


@pytest.mark.parametrize("fault", ["html_502", "html_403", "json_500", "rate_limited", "timeout_after_storing"])
def test_a_log_in_that_fails_is_tried_again_and_nothing_left_meanwhile(
    make_process: Make, good: Make, desk: Desk, run: Make, fault: str
) -> None:
    config = make_process()
    good(config.point_id)
    desk.faults(**{fault: {"rate": 1, "first_attempts": 1, "what": ["login"]}})
    run()
    if fault != "timeout_after_storing":  # a log-in stores nothing: the switch is not for it
        assert (meanings(), statuses(), desk.received("registros")) == (["not_sent"], ["ERROR"], [])
    run(LOOK + MINUTE)
    assert statuses() == ["CONFIRMED"]


def test_an_sma_that_cannot_be_reached_is_tried_again_soon(
    make_process: Make, good: Make, desk: Desk, run: Make, settings: Any
) -> None:
    config = make_process()
    good(config.point_id)
    there, settings.SMA_BASE_URL = settings.SMA_BASE_URL, "http://127.0.0.1:1/api/v1"
    run()
    assert (meanings(), statuses()) == (["not_sent"], ["ERROR"])
    settings.SMA_BASE_URL = there
    run(LOOK + MINUTE)
    assert statuses() == ["CONFIRMED"]


def test_who_is_logging_in_elsewhere_is_waited_for(make_process: Make, good: Make, desk: Desk, run: Make) -> None:
    from compliance_service.authorities.sessions import claim_log_in, mark_of
    from compliance_service.obligations.works import authority_for, work_of

    config = make_process()
    good(config.point_id)
    credential = authority_for(config).credential(work_of(config))
    assert credential is not None
    assert claim_log_in(mark_of(credential), now=LOOK)
    assert run() == 0
    assert (statuses(), desk.received("login")) == (["PENDING"], [])
    assert run(LOOK + MINUTE) == 1  # it died: its claim is over


def test_a_token_is_kept_encrypted_and_in_no_attempt_log_or_answer(
    make_process: Make, good: Make, desk: Desk, run: Make, caplog: pytest.LogCaptureFixture
) -> None:
    config = make_process()
    good(config.point_id)
    with caplog.at_level("DEBUG"):
        run()
    token = AuthoritySession.objects.get().token
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(a)::text, convert_from(request_body, 'UTF8') FROM submission_attempt a")
        kept = "".join("".join(row) for row in cursor.fetchall())
        cursor.execute("SELECT row_to_json(s)::text FROM authority_session s")
        stored = cursor.fetchone()[0]
        cursor.execute("SELECT string_agg(row, '') FROM ledger_pending")
        ledger = cursor.fetchone()[0]
    assert token.count(".") == 2
    assert '"Authorization":"Bearer hmac-sha256:1:' in kept.replace(": ", ":")
    for place in (kept, stored, ledger, caplog.text):
        assert token not in place
        assert config.password not in place


# --- the answers


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
