"""What an account's polls do to it: it waits, it breaks, it is tried with one source, it stops."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from werkzeug import Request, Response

from telemetry_service.collect.accounts import Ended, judge
from telemetry_service.collect.breaker import BREAKS_AFTER
from telemetry_service.collect.models import Attempt
from telemetry_service.collect.poll import collect_due
from telemetry_service.providers.adapters import Failure, FailureClass
from telemetry_service.providers.models import Provider
from telemetry_service.sources.models import Source, State
from telemetry_service.sources.operations import resume_source
from tests.telemetry_service.collect.conftest import Many, stored

pytestmark = pytest.mark.django_db
Make = Callable[..., Any]
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
FAILED = Failure(FailureClass.TRANSIENT, "HTTP 502")


def bad_gateway(request: Request) -> Response:
    return Response("<html>502</html>", 502)


def account_of(source: Source) -> Provider:
    return Provider.objects.get(id=source.provider_id)


def test_an_account_waits_for_the_longest_of_what_it_was_told(make_source: Make, now: datetime) -> None:
    source = make_source()
    limited = Failure(FailureClass.RATE_LIMITED, "429")
    judge([Ended(source, limited, now + minutes * MINUTE) for minutes in (5, 9, 7)], now=now)
    judge([Ended(source, FAILED, None)], now=now)
    assert (account_of(source).postponed_until, account_of(source).failures) == (now + 9 * MINUTE, 1)
    judge([Ended(source, None, None)], now=now)
    assert (account_of(source).postponed_until, account_of(source).failures) == (now + 9 * MINUTE, 0)


def test_another_process_that_moves_the_circuit_is_not_undone(
    make_source: Make, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    from telemetry_service.collect import accounts

    source, move = make_source(), accounts.move_circuit

    def meanwhile(**said: Any) -> bool:
        monkeypatch.setattr(accounts, "move_circuit", move)
        Provider.objects.update(failures=3)  # between our look and our write
        return move(**said)

    monkeypatch.setattr(accounts, "move_circuit", meanwhile)
    judge([Ended(source, FAILED, None)], now=now)
    assert account_of(source).failures == 4


def test_when_an_account_was_last_well(many: Many, make_account: Make, now: datetime) -> None:
    (source,) = make_account("cuenta", 1)
    collect_due(now)
    assert account_of(source).last_ok_at == now
    many.answer = bad_gateway
    collect_due(now + HOUR)
    assert account_of(source).last_ok_at == now


def test_failures_of_different_sources_break_the_account(many: Many, make_account: Make, now: datetime) -> None:
    """Five devices that get no answer are enough: the other forty are not asked, and wait for the account."""
    many.answer = bad_gateway
    sources = make_account("mala", 45, limits={"concurrency": 1})
    collect_due(now)
    account = account_of(sources[0])
    assert account.postponed_until == now + MINUTE
    assert BREAKS_AFTER <= account.failures <= BREAKS_AFTER + 1
    assert len(many.asked) < 45
    untouched = Source.objects.filter(provider=account, last_polled_at=None)
    assert untouched.count() == 45 - len(many.asked)
    assert set(untouched.values_list("leased_until", "next_poll_at", "failures")) == {(None, now, 0)}
    assert collect_due(now + MINUTE / 2) == 0


def test_one_source_tries_it_and_an_answer_lets_the_others_in(many: Many, make_account: Make, now: datetime) -> None:
    many.answer = bad_gateway
    sources = make_account("mala", 20, limits={"concurrency": 4})
    collect_due(now)
    asked = len(many.asked)
    assert collect_due(now + MINUTE) == 1
    assert len(many.asked) == asked + 1
    assert account_of(sources[0]).postponed_until == now + 3 * MINUTE
    many.answer = lambda request: None
    assert collect_due(now + 3 * MINUTE) >= 15
    assert account_of(sources[0]).failures == 0
    collect_due(now + 10 * MINUTE)
    assert len(stored(*sources)) == 20


def test_a_broken_account_holds_up_nobody_else(many: Many, make_account: Make, now: datetime) -> None:
    def answer(request: Request) -> Response | None:
        return bad_gateway(request) if request.headers["Device-Token"].startswith("mala") else None

    many.answer = answer
    make_account("mala", 20)
    good = make_account("buena", 20)
    collect_due(now)
    assert len(stored(*good)) == 20


def test_an_answer_of_any_kind_is_no_broken_account(many: Many, make_account: Make, now: datetime) -> None:
    """Somebody is there and says no: forty sources that are configured wrongly do not silence the others."""
    many.answer = lambda request: Response('{"status":false,"message":"variable"}', 400)
    (first, *_) = make_account("cuenta", 40)
    assert collect_due(now) == 40
    assert (account_of(first).failures, account_of(first).postponed_until) == (0, None)


def test_503_with_a_time_postpones_the_account_alone(many: Many, make_account: Make, now: datetime) -> None:
    def answer(request: Request) -> Response | None:
        if request.headers["Device-Token"].startswith("cerrada"):
            return Response("", 503, headers={"Retry-After": "600"})
        return None

    many.answer = answer
    (closed, *_) = make_account("cerrada", 3, limits={"concurrency": 1, "retries": 3})
    (other,) = make_account("libre", 1)
    collect_due(now)
    assert account_of(closed).postponed_until == now + 10 * MINUTE
    assert sum(one.startswith("cerrada") for one in many.asked) == 1
    assert len(stored(other)) == 1


@pytest.fixture
def forbidden(many: Many) -> Callable[[str], None]:
    def make(name: str) -> None:
        def answer(request: Request) -> Response | None:
            is_his = request.headers["Device-Token"] == name
            return Response('{"status":false,"message":"forbidden"}', 403) if is_his else None

        many.answer = answer

    return make


RULES = {"errors": [{"status": [403, 429], "action": "rate_limited"}]}  # as thethings.iO means it


def test_a_403_of_one_token_stops_that_source_after_an_hour(
    many: Many, make_provider: Make, make_source: Make, forbidden: Callable[[str], None], now: datetime
) -> None:
    account = make_provider("tago", base_url=many.url, limits={"rate": "2000/s", "concurrency": 1}, **RULES)
    bad, good = (
        make_source(provider=account, params={"token": f"{name}-x-secreto"}, variables={"caudal": "flow"}, period_s=60)
        for name in ("malo", "bueno")
    )
    forbidden("malo-x-secreto")
    at, kinds = now, []
    while at <= now + 2 * HOUR:
        many.at = at
        collect_due(at)
        at += MINUTE
    bad.refresh_from_db()
    attempts = Attempt.objects.filter(source=bad).order_by("started_at")
    kinds = list(attempts.values_list("outcome", flat=True))
    assert kinds == ["failed:rate_limited"] * (len(kinds) - 1) + ["failed:auth"]
    last = attempts.last()
    assert last is not None
    assert HOUR <= last.started_at - now < 2 * HOUR
    assert (bad.state, "403 desde hace más de una hora" in bad.stop_reason) == (State.STOPPED, True)
    # The other token's readings of the two hours are all there: the account waited once, for a minute.
    assert Source.objects.get(id=good.id).state == State.ACTIVE
    assert len(stored(good)) >= 118


def test_a_403_that_goes_away_was_a_limit(
    many: Many, make_provider: Make, make_source: Make, forbidden: Callable[[str], None], now: datetime
) -> None:
    account = make_provider("tago", base_url=many.url, limits={"rate": "2000/s"}, **RULES)
    source = make_source(provider=account, params={"token": "uno-x-secreto"}, variables={"caudal": "flow"})
    for hours in range(0, 6, 2):
        forbidden("uno-x-secreto")
        collect_due(now + hours * HOUR)
        forbidden("nadie")
        collect_due(now + (hours + 1) * HOUR)
    source.refresh_from_db()
    assert source.state == State.ACTIVE


def test_a_login_that_is_refused_is_tried_once_for_all_sources_and_rounds(
    many: Many, httpserver: Any, make_provider: Make, make_source: Make, now: datetime
) -> None:
    body = {"status": 401, "message": "Invalid username or password", "errorCode": 10}
    httpserver.expect_request("/api/auth/login").respond_with_json(body, status=401)
    account = make_provider("tdata", limits={"concurrency": 8, "retries": 3})
    sources = [make_source("tdata", provider=account, params={"device": f"d{n}"}) for n in range(20)]
    for n in range(3):
        collect_due(now + n * HOUR)
    assert len(httpserver.log) == 1
    assert set(Source.objects.values_list("state", flat=True)) == {State.STOPPED}
    # A person who says "again" may mean it: the provider has unlocked the account.
    resume_source(source_id=sources[0].id, points=None, actor="user:ops@example.cl", now=now + 4 * HOUR)
    for n in range(3):
        collect_due(now + (4 + n) * HOUR)
    assert len(httpserver.log) == 2
    sources[0].refresh_from_db()
    assert sources[0].state == State.STOPPED
