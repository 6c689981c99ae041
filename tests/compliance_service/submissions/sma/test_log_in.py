"""The log-in at SMA: one for a day, renewed in time, refused, lost, and never shown."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from compliance_service.authorities.models import AuthoritySession
from compliance_service.obligations.models import ComplianceConfig
from compliance_service.submissions.operations import resume
from tests.compliance_service.conftest import DAY, LOOK, SLOT
from tests.compliance_service.submissions.sma.conftest import (
    GAP,
    MINUTE,
    PASSWORD,
    SECOND,
    TWO,
    Desk,
    meanings,
    statuses,
)

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]


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
