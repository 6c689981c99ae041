"""However many tasks wait for a token, the provider is asked for one; a refused login is never tried twice."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from telemetry_service.providers.engine.results import FailureClass
from tests.telemetry_service.providers.conftest import Open

NOW = datetime(2026, 1, 2, tzinfo=UTC)
DEVICE = {"device": "8f1d2c30"}
VALUES = "/api/plugins/telemetry/DEVICE/8f1d2c30/values/timeseries"
LOGIN, REFRESH = "/api/auth/login", "/api/auth/token"
MANY = 30


class Board:
    """ThingsBoard's three doors. `good`: the tokens that open the third; None: every one."""

    def __init__(self, server: HTTPServer, *, refuses_login: bool = False) -> None:
        self.server, self.refuses_login = server, refuses_login
        self.good: set[str] | None = None
        self.made = 0
        server.expect_request(LOGIN).respond_with_handler(self.log_in)
        server.expect_request(REFRESH).respond_with_handler(self.log_in)
        server.expect_request(VALUES).respond_with_handler(self.values)

    def log_in(self, request: Request) -> Response:
        time.sleep(0.05)  # long enough for all to wait
        if self.refuses_login:
            return Response('{"status":401,"message":"bad credentials","errorCode":10}', 401)
        self.made += 1
        return Response(f'{{"token":"t{self.made}","refreshToken":"r{self.made}"}}', 200)

    def values(self, request: Request) -> Response:
        token = request.headers["X-Authorization"].removeprefix("Bearer ")
        if self.good is not None and token not in self.good:
            return Response('{"status":401,"message":"Token has expired","errorCode":11}', 401)
        return Response("{}", 200)

    def count(self, path: str) -> int:
        return sum(request.path == path for request, _ in self.server.log)


def test_many_tasks_and_no_token_are_one_login(httpserver: HTTPServer, open_session: Open) -> None:
    board = Board(httpserver)
    polls = open_session("tdata").latest_at_once(MANY, DEVICE, ["5001"], NOW)
    assert {poll.outcome for poll in polls} == {"no_data"}
    assert (board.count(LOGIN), board.count(VALUES)) == (1, MANY)


def test_many_tasks_and_an_expired_token_are_one_refresh(httpserver: HTTPServer, open_session: Open) -> None:
    board = Board(httpserver)
    session = open_session("tdata", {"limits": {"concurrency": MANY}})
    session.latest(DEVICE, ["5001"], NOW)
    board.good = {"t2"}
    polls = session.latest_at_once(MANY, DEVICE, ["5001"], NOW)
    assert {poll.outcome for poll in polls} == {"no_data"}
    assert (board.count(LOGIN), board.count(REFRESH)) == (1, 1)


def test_a_token_that_ran_out_by_our_clock_is_one_refresh(httpserver: HTTPServer, open_session: Open) -> None:
    board = Board(httpserver)
    session = open_session("tdata")
    session.latest(DEVICE, ["5001"], NOW)
    session.latest_at_once(MANY, DEVICE, ["5001"], NOW + timedelta(hours=2))
    assert (board.count(LOGIN), board.count(REFRESH)) == (1, 1)


def test_a_refused_login_is_not_tried_again(httpserver: HTTPServer, open_session: Open) -> None:
    board = Board(httpserver, refuses_login=True)
    session = open_session("tdata")
    polls = session.latest_at_once(MANY, DEVICE, ["5001"], NOW)
    polls.append(session.latest(DEVICE, ["5001"], NOW + timedelta(days=1)))
    assert {poll.failure.kind for poll in polls if poll.failure} == {FailureClass.AUTH}
    assert len([poll for poll in polls if poll.failure]) == MANY + 1
    assert (board.count(LOGIN), board.count(VALUES)) == (1, 0)


def test_tokens_that_open_nothing_end_the_session_and_not_in_a_loop(httpserver: HTTPServer, open_session: Open) -> None:
    board = Board(httpserver)
    board.good = set()
    session = open_session("tdata", {"limits": {"concurrency": MANY}})
    for _ in range(3):
        polls = session.latest_at_once(MANY, DEVICE, ["5001"], NOW)
        assert {poll.failure.kind for poll in polls if poll.failure} == {FailureClass.AUTH}
    assert board.count(LOGIN) + board.count(REFRESH) <= 3
    asked = len(httpserver.log)
    session.latest(DEVICE, ["5001"], NOW)
    assert len(httpserver.log) <= asked + 1


def test_a_gateway_that_fails_during_the_login_is_no_refusal(httpserver: HTTPServer, open_session: Open) -> None:
    httpserver.expect_oneshot_request(LOGIN).respond_with_data("<html>", status=502)
    board = Board(httpserver)
    polls = open_session("tdata").latest_at_once(MANY, DEVICE, ["5001"], NOW)
    assert {poll.outcome for poll in polls} == {"no_data"}
    assert board.count(LOGIN) == 2


@pytest.mark.parametrize("body", ["{}", '{"token": ""}', "[]", '{"token": null}'])
def test_a_login_without_a_token_is_a_failure(httpserver: HTTPServer, open_session: Open, body: str) -> None:
    httpserver.expect_request(LOGIN).respond_with_data(body)
    poll = open_session("tdata").latest(DEVICE, ["5001"], NOW)
    assert poll.failure is not None
    assert poll.failure.kind is FailureClass.PARSE
