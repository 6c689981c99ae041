from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from compliance_service.authorities.answers import Answer, Meaning
from compliance_service.authorities.interface import Credential, Token
from compliance_service.authorities.models import AuthoritySession
from compliance_service.authorities.sessions import claim_log_in, end_log_in, forget, kept_session, mark_of, tidy
from tests.compliance_service.conftest import DAY, LOOK

pytestmark = pytest.mark.django_db
WHO = Credential("https://sma.example/auth", "76000000-0", 15.0, "synthetic-secret")
MARK = "a" * 64
TOKEN = Token("opaque-token", LOOK + DAY)


def test_a_mark_says_nothing_and_differs_by_each_part() -> None:
    others = [
        Credential("https://otra.example/auth", WHO.user, 15.0, WHO.password),
        Credential(WHO.url, "11111111-1", 15.0, WHO.password),
        Credential(WHO.url, WHO.user, 15.0, "otra"),
    ]
    marks = {mark_of(one) for one in [WHO, *others]}
    assert len(marks) == 4
    assert not any(part in mark for mark in marks for part in (WHO.user, WHO.password))
    assert WHO.password not in repr(WHO)


def test_one_of_two_logs_in_and_the_other_finds_its_token() -> None:
    assert (claim_log_in(MARK, now=LOOK), claim_log_in(MARK, now=LOOK)) == (True, False)
    assert kept_session(MARK, now=LOOK) is None
    end_log_in(MARK, TOKEN, now=LOOK)
    kept = kept_session(MARK, now=LOOK)
    assert kept is not None
    assert kept.token == TOKEN


def test_a_claim_ends_with_a_refusal_or_after_a_minute() -> None:
    claim_log_in(MARK, now=LOOK)
    refusal = Answer(Meaning.LOG_IN_REFUSED)
    assert end_log_in(MARK, refusal, now=LOOK) == refusal
    assert claim_log_in(MARK, now=LOOK)
    assert not claim_log_in(MARK, now=LOOK + timedelta(seconds=59))
    assert claim_log_in(MARK, now=LOOK + timedelta(seconds=60))


def test_a_token_is_not_used_in_its_last_minutes() -> None:
    claim_log_in(MARK, now=LOOK)
    end_log_in(MARK, TOKEN, now=LOOK)
    assert kept_session(MARK, now=LOOK + DAY - timedelta(minutes=5, seconds=1)) is not None
    assert kept_session(MARK, now=LOOK + DAY - timedelta(minutes=5)) is None


def test_what_is_refused_is_forgotten_and_a_newer_one_stays() -> None:
    claim_log_in(MARK, now=LOOK)
    end_log_in(MARK, TOKEN, now=LOOK)
    old = kept_session(MARK, now=LOOK)
    assert old is not None
    later = LOOK + timedelta(minutes=1)
    claim_log_in(MARK, now=later)
    end_log_in(MARK, Token("newer-token", later + DAY), now=later)
    forget(old)
    newer = kept_session(MARK, now=later)
    assert newer is not None
    assert newer.token.text == "newer-token"
    forget(newer)
    assert kept_session(MARK, now=later) is None
    assert AuthoritySession.objects.get().token == ""


def test_what_ended_long_ago_is_deleted() -> None:
    claim_log_in(MARK, now=LOOK)
    end_log_in(MARK, TOKEN, now=LOOK)
    assert tidy(LOOK + 7 * DAY) == 0
    assert tidy(LOOK + 9 * DAY) == 1


@pytest.mark.parametrize("changes", [{"expires_at": LOOK}, {"expires_at": None}, {"obtained_at": None}])
def test_the_database_states_what_a_session_is(changes: dict[str, Any]) -> None:
    claim_log_in(MARK, now=LOOK)
    end_log_in(MARK, TOKEN, now=LOOK)
    with pytest.raises(IntegrityError, match="authority_session_ends_after_it_begins"), transaction.atomic():
        AuthoritySession.objects.update(**changes)
