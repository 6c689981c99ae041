"""Duties of one hour, followed to their end against DGA's simulator."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from compliance_service.authorities.interface import Outgoing
from compliance_service.obligations.models import Cause, ComplianceConfig, Obligation
from compliance_service.obligations.operations import explain
from compliance_service.obligations.works import reporters
from compliance_service.receipts.models import Receipt
from compliance_service.submissions.claim import claim
from compliance_service.submissions.flights import Draft, Turn
from compliance_service.submissions.models import Attempt, ComplianceData, Move
from compliance_service.submissions.operations import LEASE
from compliance_service.submissions.queries import next_wake, sendable
from shared.errors import Unreachable
from tests.compliance_service.conftest import DAY, LOOK, SLOT, Regulator, Telemetry

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
Make = Callable[..., Any]


def test_a_good_hour_ends_in_a_receipt(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, submission_of: Make
) -> None:
    config = make_config()
    telemetry.good(config.point_id)
    assert run() == 1
    submission = submission_of(config)
    (record,) = regulator.records()
    assert submission.status == "CONFIRMED"
    assert record["document"]["totalizador"] == "1010"
    assert Receipt.objects.get().voucher == record["voucher"]
    assert Obligation.objects.get().outcome == "receipt"
    assert run(LOOK + DAY) == 0


def test_each_move_leaves_a_row(make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make) -> None:
    telemetry.good(make_config().point_id)
    run()
    assert list(Move.objects.order_by("id").values_list("old", "new")) == [
        ("", "PENDING"),
        ("PENDING", "SENT"),
        ("SENT", "CONFIRMED"),
    ]


def test_an_answer_lost_after_storing_is_found_again_the_next_day(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, submission_of: Make
) -> None:
    config = make_config()
    telemetry.good(config.point_id)
    regulator.faults(timeout_after_storing={"rate": 1, "first_attempts": 1})
    run()
    assert submission_of(config).status == "IN_DOUBT"
    assert run(LOOK + DAY - HOUR) == 0
    assert run(LOOK + DAY) == 1
    receipt = Receipt.objects.get()
    assert (receipt.by_duplicate, len(regulator.records())) == (True, 1)
    assert receipt.voucher == regulator.records()[0]["voucher"]


@pytest.mark.parametrize("fault", ["html_502", "html_403", "rate_limited", "empty_body"])
def test_a_page_in_place_of_an_answer_is_tried_again_the_next_day(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, fault: str
) -> None:
    telemetry.good(make_config().point_id)
    regulator.faults(**{fault: {"rate": 1, "first_attempts": 1}})
    run()
    assert Receipt.objects.count() == 0
    run(LOOK + DAY)
    assert (Receipt.objects.count(), len(regulator.records())) == (1, 1)


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ("ok_without_voucher", "accepted_without_voucher"),
        ("duplicate_without_voucher", "duplicate_without_voucher"),
    ],
)
def test_an_acceptance_without_a_voucher_waits_for_a_person(
    make_config: Make,
    telemetry: Telemetry,
    regulator: Regulator,
    run: Make,
    submission_of: Make,
    fault: str,
    reason: str,
) -> None:
    config = make_config()
    telemetry.good(config.point_id)
    first = {"timeout_after_storing": {"rate": 1, "first_attempts": 1}} if fault.startswith("duplicate") else {}
    regulator.faults(**first, **{fault: 1})
    for day in range(4):
        run(LOOK + day * DAY)
    submission = submission_of(config)
    assert (submission.status, submission.held_reason) == ("HELD", reason)
    assert submission.attempts.count() <= 2
    assert Obligation.objects.get().outcome == "open"


def test_an_informant_who_is_not_the_works_stops_that_work_only(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, submission_of: Make
) -> None:
    wrong = make_config(informant_rut="11111111-1", hours=3)
    right = make_config("OB-0601-102")
    for hour in range(3):
        telemetry.good(wrong.point_id, SLOT + hour * HOUR)
    telemetry.good(right.point_id)
    for hour in range(3):
        run(LOOK + hour * HOUR)
    assert submission_of(wrong).status == "REJECTED"
    assert submission_of(right).status == "CONFIRMED"
    assert Attempt.objects.filter(submission__config=wrong).count() == 1
    assert "informante" in ComplianceConfig.objects.get(id=wrong.id).stopped_reason


def test_what_is_not_good_is_held_and_never_sent(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, submission_of: Make
) -> None:
    config = make_config()
    telemetry.good(config.point_id)
    telemetry.set(config.point_id, "total", 101.0, 3, "truncated_reading")
    for hour in range(30):
        run(LOOK + hour * HOUR)
    submission = submission_of(config)
    assert (submission.status, submission.held_reason) == ("HELD", "truncated_reading")
    assert (regulator.records(), Attempt.objects.count()) == ([], 0)


def test_what_becomes_good_is_released_by_itself(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, submission_of: Make
) -> None:
    config = make_config()
    telemetry.good(config.point_id)
    telemetry.set(config.point_id, "total", 12.0, 3, "replacement_proposed")
    run()
    telemetry.good(config.point_id)
    run(LOOK + HOUR)
    assert submission_of(config).status == "CONFIRMED"


def test_a_reading_that_comes_late_is_sent_late(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make
) -> None:
    config = make_config()
    run()
    assert Obligation.objects.get().waiting_for == "no_data"
    assert next_wake(LOOK) == LOOK + timedelta(minutes=5)
    telemetry.good(config.point_id)
    run(LOOK + timedelta(minutes=5))
    assert Obligation.objects.get().outcome == "receipt"


def test_hours_that_piled_up_go_five_minutes_apart_in_their_order(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make
) -> None:
    config = make_config(hours=3)
    for hour in range(3):
        telemetry.good(config.point_id, SLOT + hour * HOUR)
    start = LOOK + 3 * HOUR
    sent = [run(start + timedelta(minutes=minute)) for minute in range(12)]
    assert [minute for minute, count in enumerate(sent) if count] == [0, 5, 10]
    times = Attempt.objects.order_by("started_at").values_list("submission__slot_at", flat=True)
    assert list(times) == [SLOT, SLOT + HOUR, SLOT + 2 * HOUR]


def test_telemetry_away_leaves_the_duties_due(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make
) -> None:
    from compliance_service.submissions.prepare import prepare

    config = make_config()

    def away(*_: Any) -> list[Any]:
        raise Unreachable("telemetry no responde")

    with pytest.raises(Unreachable):
        prepare(LOOK, read=away)
    telemetry.good(config.point_id)
    assert run(LOOK + DAY) == 1


def test_one_question_serves_all_points_of_an_hour(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make
) -> None:
    for code in ("OB-0601-101", "OB-0601-102", "OB-0601-103"):
        telemetry.good(make_config(code).point_id)
    assert (run(), telemetry.asked) == (3, 1)


def drafts(at: Any = LOOK) -> list[Draft]:
    """What may be sent, with a request to nowhere."""
    found = sendable(now=at, room={"DGA": 5})
    who = reporters([item.config for item in found])
    said = Outgoing("http://127.0.0.1/", {}, b"", {}, b"", 1.0)
    return [Draft(Turn(item, at, who[item.config], None), said, "hmac", None) for item in found]


def ready(make_config: Make, telemetry: Telemetry, code: str = "OB-0601-101") -> Any:
    from compliance_service.submissions.prepare import prepare

    config = make_config(code)
    telemetry.good(config.point_id)
    prepare(LOOK, read=telemetry.read)
    return config


def test_a_worker_killed_while_sending_leaves_a_doubt_that_the_next_day_solves(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, submission_of: Make
) -> None:
    config = ready(make_config, telemetry)
    assert claim(drafts())  # the attempt is committed, and here the process dies
    assert run(LOOK + timedelta(minutes=1)) == 0
    assert run(LOOK + LEASE + timedelta(minutes=1)) == 0
    assert submission_of(config).status == "IN_DOUBT"
    assert run(LOOK + DAY) == 1
    assert submission_of(config).status == "CONFIRMED"


def test_two_workers_cannot_both_send(make_config: Make, telemetry: Telemetry) -> None:
    ready(make_config, telemetry)
    one, other = drafts(), drafts()
    assert ([len(claim(one)), len(claim(other))], Attempt.objects.count(), Move.objects.count()) == ([1, 0], 1, 2)


def test_a_doubt_that_was_sent_meanwhile_and_is_one_again_is_not_sent_twice_in_a_day(
    make_config: Make, telemetry: Telemetry
) -> None:
    config = ready(make_config, telemetry)
    rows = ComplianceData.objects.filter(config=config)
    rows.update(status="IN_DOUBT")
    stale = drafts()
    rows.update(next_attempt_at=LOOK + DAY)  # another worker sent it, and its answer was lost too
    assert claim(stale) == []
    assert len(claim(drafts(LOOK + DAY))) == 1


def test_an_hour_that_is_explained_before_its_claim_is_not_sent(make_config: Make, telemetry: Telemetry) -> None:
    config = ready(make_config, telemetry)
    found = drafts()
    explain(
        config_id=config.id, start=SLOT, end=SLOT + HOUR, cause=Cause.OTHER, note="x", leave=[], by="user:a", now=LOOK
    )
    assert (claim(found), Attempt.objects.count()) == ([], 0)


def test_of_many_those_are_claimed_that_nobody_has(make_config: Make, telemetry: Telemetry) -> None:
    codes = ("OB-0601-101", "OB-0601-102", "OB-0601-103")
    configs = [ready(make_config, telemetry, code) for code in codes]
    found = drafts()
    ComplianceData.objects.filter(config=configs[0]).update(status="SENT", leased_until=LOOK, next_attempt_at=None)
    ComplianceConfig.objects.filter(id=configs[1].id).update(next_send_at=LOOK + HOUR)
    (flight,) = claim(found)
    assert flight.turn.submission.config == configs[2].id
    assert Attempt.objects.get().submission.config_id == configs[2].id
    pauses = dict(ComplianceConfig.objects.values_list("work_code", "next_send_at"))
    assert pauses == dict(zip(codes, (None, LOOK + HOUR, LOOK + 5 * timedelta(minutes=1)), strict=True))


@pytest.mark.django_db(transaction=True)
def test_workers_that_look_and_send_at_once_make_one_submission_and_one_record(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make
) -> None:
    from compliance_service.authorities.operations import sync_sources

    sync_sources()  # a test of its own transactions begins with an empty database
    codes = ("OB-0601-101", "OB-0601-102", "OB-0601-103")
    for config in [make_config(code, hours=3) for code in codes]:
        for hour in range(3):
            telemetry.good(config.point_id, SLOT + hour * HOUR)

    def look(minute: int) -> int:
        try:
            return run(LOOK + 3 * HOUR + timedelta(minutes=6 * minute))
        finally:
            connection.close()

    for minute in range(3):
        with ThreadPoolExecutor(max_workers=4) as pool:
            assert sum(pool.map(look, [minute] * 4)) == 3
    assert (ComplianceData.objects.count(), Receipt.objects.count(), len(regulator.records())) == (9, 9, 9)
    assert Attempt.objects.count() == 9


def test_a_regulator_that_cannot_be_reached_is_tried_again_soon(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, settings: Any, submission_of: Make
) -> None:
    config = make_config()
    telemetry.good(config.point_id)
    there = settings.DGA_BASE_URL
    settings.DGA_BASE_URL = "http://127.0.0.1:1/api/v1"
    run()
    assert (submission_of(config).status, submission_of(config).error_reason) == ("ERROR", "not_sent")
    settings.DGA_BASE_URL = there
    run(LOOK + timedelta(minutes=10))
    assert submission_of(config).status == "CONFIRMED"


def test_a_virtual_clock_keeps_requests_on_this_machine(
    make_config: Make,
    telemetry: Telemetry,
    regulator: Regulator,
    run: Make,
    settings: Any,
    submission_of: Make,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    config = make_config()
    telemetry.good(config.point_id)
    monkeypatch.setenv("STACK_CLOCK_FILE", "clock.json")
    settings.DGA_BASE_URL = "https://198.51.100.7/api/v1"
    run()
    attempt = Attempt.objects.get()
    assert (submission_of(config).error_reason, "virtual" in attempt.message) == ("not_sent", True)


def test_an_explained_hour_is_sent_no_more(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, submission_of: Make
) -> None:
    config = ready(make_config, telemetry)
    window = {"start": SLOT, "end": SLOT + HOUR}
    explain(config_id=config.id, **window, cause=Cause.OTHER, note="x", leave=[], by="user:a", now=LOOK)
    assert run() == 0


def test_the_password_is_in_no_attempt_log_or_answer(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, caplog: pytest.LogCaptureFixture
) -> None:
    config = make_config()
    telemetry.good(config.point_id)
    with caplog.at_level("DEBUG"):
        run()
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(a)::text, convert_from(request_body, 'UTF8') FROM submission_attempt a")
        kept = "".join("".join(row) for row in cursor.fetchall())
    assert '"password":"hmac-sha256:1:' in kept
    assert config.password not in kept + caplog.text


def test_what_has_not_the_form_of_the_source_is_held_before_it_leaves(
    make_config: Make, telemetry: Telemetry, regulator: Regulator, run: Make, submission_of: Make
) -> None:
    from compliance_service.authorities.models import ComplianceSource

    config = make_config()
    ComplianceSource.objects.filter(code="DGA").update(
        required_schema={"properties": {"caudal": {"pattern": r"^\d+\.\d{3}$"}}}
    )
    telemetry.good(config.point_id)
    assert (run(), regulator.records()) == (0, [])
    held = submission_of(config)
    assert (held.status, held.held_reason) == ("HELD", "required_schema")
    assert held.evidence["misfit"].startswith("caudal: ")
