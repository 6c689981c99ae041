import time
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from shared import clock
from shared.auth.tokens import verify
from shared.clients.service_client import ServiceClient
from shared.errors import BadAnswer, FieldError, Refused, Unreachable
from shared.observability.request_id import begin_request


@pytest.fixture
def client(httpserver: HTTPServer) -> Any:
    client = ServiceClient(httpserver.url_for(""), "core", timeout_s=0.5)
    yield client
    client.close()


def test_a_call_carries_a_token_of_this_service_and_the_request_id(
    httpserver: HTTPServer, client: Any, settings: Any
) -> None:
    settings.SERVICE_SCOPES = {"core": []}
    httpserver.expect_request("/points").respond_with_json({"results": []})
    begin_request("abcdef123456")
    assert client.get("/points", {"limit": 5}) == {"results": []}
    request = httpserver.log[0][0]
    assert request.query_string == b"limit=5"
    assert request.headers["X-Request-ID"] == "abcdef123456"
    assert verify(request.headers["Authorization"].removeprefix("Bearer "), now=clock.now()).actor == "service:core"


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (502, "<html>", Unreachable),
        (200, "<html>", BadAnswer),
        (500, "{}", BadAnswer),
        (200, "[]", BadAnswer),
        (403, '{"detail": "no"}', Refused),
    ],
)
def test_every_answer_has_its_error(
    httpserver: HTTPServer, client: Any, status: int, body: str, error: type[Exception]
) -> None:
    httpserver.expect_request("/points").respond_with_data(body, status=status)
    with pytest.raises(error):
        client.post("/points", {})


def test_the_fields_that_a_refusal_names_come_with_it(httpserver: HTTPServer, client: Any) -> None:
    errors = [
        {"field": "config.digits", "problem": "no es entero", "received": 4.5, "expected": "de 3 a 12", "code": "kind"},
        {"field": "config.depth", "problem": "falta"},
        {"problem": "de nadie"},
        "sin forma",
    ]
    httpserver.expect_request("/points").respond_with_json({"detail": "no", "errors": errors}, status=400)
    with pytest.raises(Refused) as refused:
        client.post("/points", {})
    assert refused.value.errors == (
        FieldError("config.digits", "no es entero", 4.5, "de 3 a 12", "kind"),
        FieldError("config.depth", "falta"),
    )
    assert "config.depth: falta" in str(refused.value)


@pytest.mark.parametrize("errors", [None, "muchos", {"field": "x"}, 7])
def test_errors_that_are_no_list_are_none(httpserver: HTTPServer, client: Any, errors: object) -> None:
    httpserver.expect_request("/points").respond_with_json({"detail": "no", "errors": errors}, status=400)
    with pytest.raises(Refused) as refused:
        client.post("/points", {})
    assert refused.value.errors == ()


def test_a_read_without_an_answer_is_made_once_more(httpserver: HTTPServer, client: Any) -> None:
    httpserver.expect_ordered_request("/points").respond_with_data("", status=503)
    httpserver.expect_ordered_request("/points").respond_with_json({"results": [1]})
    assert client.get("/points") == {"results": [1]}


def test_a_write_is_never_made_twice(httpserver: HTTPServer, client: Any) -> None:
    httpserver.expect_request("/points").respond_with_data("", status=503)
    with pytest.raises(Unreachable):
        client.post("/points", {})
    assert len(httpserver.log) == 1


def test_a_question_that_got_no_answer_is_asked_once_more(httpserver: HTTPServer, client: Any) -> None:
    httpserver.expect_ordered_request("/answers", method="POST").respond_with_data("", status=503)
    httpserver.expect_ordered_request("/answers", method="POST", json={"ids": [1]}).respond_with_json({"results": [2]})
    assert client.ask("/answers", {"ids": [1]}) == {"results": [2]}


def test_a_slow_service_is_not_waited_for(httpserver: HTTPServer, client: Any) -> None:
    def slow(request: Request) -> Response:
        time.sleep(0.8)
        return Response("{}")

    httpserver.expect_request("/points").respond_with_handler(slow)
    with pytest.raises(Unreachable):
        client.post("/points", {})
