from datetime import UTC, datetime, timedelta

import pytest

from compliance_service.authorities.answers import Answer, Meaning
from compliance_service.authorities.dga.pacing import PACE
from compliance_service.submissions.decision import STATUS_OF, STOPS, consequence, may_send_next
from compliance_service.submissions.states import ALLOWED, SENDABLE, Status, may_move

SLOT = datetime(2024, 5, 13, 14, tzinfo=UTC)
VOUCHER = "a" * 32


def test_every_meaning_has_its_state() -> None:
    assert set(STATUS_OF) == set(Meaning)


@pytest.mark.parametrize("meaning", list(Meaning))
@pytest.mark.parametrize("was", SENDABLE)
def test_every_answer_leads_to_an_allowed_move(meaning: Meaning, was: Status) -> None:
    after = consequence(Answer(meaning, VOUCHER), sent_at=SLOT, was=was, pace=PACE)
    assert may_move(Status.SENT, after.status)
    assert (after.next_attempt_at is not None) is (after.status in SENDABLE)


@pytest.mark.parametrize("meaning", [Meaning.REFUSED, Meaning.UNREADABLE, Meaning.NO_ANSWER])
def test_without_an_acceptance_it_is_sent_again_the_next_day(meaning: Meaning) -> None:
    after = consequence(Answer(meaning), sent_at=SLOT, was=Status.PENDING, pace=PACE)
    assert after.next_attempt_at == SLOT + timedelta(days=1)


def test_a_doubt_stays_one_when_the_next_try_does_not_even_leave() -> None:
    assert consequence(Answer(Meaning.NOT_SENT), sent_at=SLOT, was=Status.IN_DOUBT, pace=PACE).status is Status.IN_DOUBT


def test_only_what_is_wrong_with_who_sends_stops_a_work() -> None:
    stops = {m for m in Meaning if consequence(Answer(m), sent_at=SLOT, was=Status.PENDING, pace=PACE).stop}
    assert stops == STOPS == {Meaning.NOT_INFORMANT, Meaning.NOT_ALLOWED, Meaning.LOG_IN_REFUSED}


@pytest.mark.parametrize("meaning", [Meaning.NOT_SENT, Meaning.SESSION_ENDED, Meaning.SESSION_REFUSED])
@pytest.mark.parametrize("was", SENDABLE)
def test_what_was_not_looked_at_changes_no_doubt(meaning: Meaning, was: Status) -> None:
    after = consequence(Answer(meaning), sent_at=SLOT, was=was, pace=PACE)
    assert (after.status is Status.IN_DOUBT) is (was is Status.IN_DOUBT)


def test_a_session_that_ended_is_followed_by_one_log_in_at_once() -> None:
    ended, refused = (
        consequence(Answer(meaning), sent_at=SLOT, was=Status.PENDING, pace=PACE).next_attempt_at
        for meaning in (Meaning.SESSION_ENDED, Meaning.SESSION_REFUSED)
    )
    assert (ended, refused) == (SLOT, SLOT + PACE.not_sent)


def test_an_objection_to_what_may_be_there_already_waits_for_a_person() -> None:
    after = consequence(Answer(Meaning.INVALID), sent_at=SLOT, was=Status.IN_DOUBT, pace=PACE)
    assert (after.status, after.reason, after.next_attempt_at) == (Status.HELD, "refused_in_doubt", None)


def test_a_refused_log_in_leaves_a_doubt_a_doubt() -> None:
    after = consequence(Answer(Meaning.LOG_IN_REFUSED), sent_at=SLOT, was=Status.IN_DOUBT, pace=PACE)
    assert (after.status, after.stop) == (Status.IN_DOUBT, True)


def test_what_was_accepted_is_never_sent_again() -> None:
    assert ALLOWED[Status.CONFIRMED] == frozenset()
    assert Status.SENT not in ALLOWED[Status.HELD]


@pytest.mark.parametrize(("owed", "pause"), [(0, None), (1, 5), (30, 5)])
def test_a_backlog_is_sent_five_minutes_apart(owed: int, pause: int | None) -> None:
    assert may_send_next(owed=owed, sent_at=SLOT, pace=PACE) == (SLOT + timedelta(minutes=pause) if pause else None)
