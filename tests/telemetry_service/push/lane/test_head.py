"""What is taken for a small push is one by gunicorn's own parser too, and the same; all else is left to that."""

from types import SimpleNamespace
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser
from hypothesis import given
from hypothesis import strategies as st

from telemetry_service.push.lane.head import LINE, MOST_BODY, MOST_HEAD, Else, Found, look

USUAL = {"Host": "a.cl", "Authorization": "Bearer stk_1", "Content-Type": "application/json", "Content-Length": "2"}


def request(body: bytes = b"[]", *, line: bytes = LINE, **more: str) -> bytes:
    said = {**USUAL, **{name.replace("_", "-"): value for name, value in more.items()}}
    return line + b"".join(f"{name}: {value}\r\n".encode("latin-1") for name, value in said.items()) + b"\r\n" + body


def found(data: bytes) -> Found:
    one = look(data)
    assert isinstance(one, Found)
    return one


def test_a_push_by_its_headers_and_its_body() -> None:
    data = request(b"[]GET", X_Request_ID="pozo-norte-17", Idempotency_Key=" a b\t")
    one = found(data)
    assert data[one.begins : one.ends] == b"[]"
    assert one.meta == {
        "HTTP_HOST": "a.cl",
        "HTTP_AUTHORIZATION": "Bearer stk_1",
        "CONTENT_TYPE": "application/json",
        "CONTENT_LENGTH": "2",
        "HTTP_X_REQUEST_ID": "pozo-norte-17",
        "HTTP_IDEMPOTENCY_KEY": "a b",
        "HTTP_CONNECTION": "keep-alive",
    }
    assert not one.is_last


@pytest.mark.parametrize(("said", "is_last"), [("close", True), ("Close", True), ("Keep-Alive", False)])
def test_whether_it_is_the_last_on_its_connection(said: str, is_last: bool) -> None:
    assert found(request(Connection=said)).is_last is is_last


def test_a_part_of_it_may_become_one() -> None:
    data = request(b"")
    for length in range(len(data)):
        assert look(data[:length]) is Else.MORE
    assert found(data).ends == len(data) + 2  # the body is still to come


def test_a_head_without_an_end_is_not_waited_for() -> None:
    assert look(LINE + b"X-A: " + b"a" * MOST_HEAD) is Else.OTHER


@pytest.mark.parametrize(
    "data",
    [
        b"GET /health HTTP/1.1\r\n\r\n",
        request(line=LINE.replace(b"1.1", b"1.0")),
        request(line=LINE.replace(b"/readings/", b"/readings/?a=1")),
        request(line=b"\r\n" + LINE),
        request(line=LINE + b" folded: 1\r\n"),
        request(line=LINE + b"Host: b.cl\r\n"),
        request(line=LINE + b"content-length: 2\r\n"),
        request(line=LINE + b"X_A: 1\r\n"),
        request(line=LINE + b"X-A : 1\r\n"),
        request(line=LINE + b"X-A:\r\n"),
        request(line=LINE + b"X-A: 1\nX-B: 2\r\n"),
        request(line=LINE + b"X-A: 1\r\r\n"),
        request(X_A="ñ"),
        request(X_A="a\0b"),
        request(Transfer_Encoding="chunked"),
        request(Content_Encoding="gzip"),
        request(Expect="100-continue"),
        request(Upgrade="h2c"),
        request(Connection="upgrade"),
        request(Connection="close, X-A"),
        request(Content_Length="-2"),
        request(Content_Length="+2"),
        request(Content_Length="2 2"),
        request(Content_Length="٢".encode().decode("latin-1")),
        request(Content_Length=str(MOST_BODY + 1)),
        request(Content_Length="9" * 30),
        LINE + b"\r\n",
        LINE + b"Host: a.cl\r\n\r\n",
        LINE + b"Content-Length: 2\r\n\r\n[]",
        LINE + b"Host: a.cl\nContent-Length: 2\n\n[]",
    ],
)
def test_whatever_else_comes_is_left_to_gunicorn(data: bytes) -> None:
    assert look(data) is Else.OTHER


TOKENS = st.text("abXY0-_ :\t\r\n,;ñ", max_size=6)
NAMES = st.sampled_from(["Host", "Connection", "Content-Length", "Transfer-Encoding", "X-A", "x-a", "Expect", "X_B"])
VALUES = (
    st.sampled_from(["close", "keep-alive", "2", "02", "0", "chunked", "a.cl", " 2", "2\t", "a\r\nX-C: d"]) | TOKENS
)
HEADS = st.lists(st.tuples(NAMES | TOKENS, VALUES), max_size=6)


def parsed(data: bytes) -> Any:
    """As gunicorn reads it."""
    parser = RequestParser(Config(), iter([data]), ("127.0.0.1", 1))
    return next(parser)


@given(HEADS)
def test_what_is_taken_is_what_gunicorn_reads(fields: list[tuple[str, str]]) -> None:
    head = "".join(f"{name}:{value}\r\n" for name, value in [*USUAL.items(), *fields])
    data = LINE + head.encode("latin-1") + b"\r\n[][]"
    one = look(data)
    if not isinstance(one, Found):
        return
    theirs = parsed(data)
    said = dict(theirs.headers)
    assert (theirs.method, theirs.path) == ("POST", "/api/telemetry/readings/")
    assert said["HOST"] == one.meta["HTTP_HOST"]
    assert said["CONTENT-LENGTH"] == one.meta["CONTENT_LENGTH"]
    assert theirs.body.read() == data[one.begins : one.ends] == b"[]"
    assert theirs.should_close() is one.is_last


def test_the_property_above_takes_something() -> None:
    assert isinstance(look(request()), Found)
    assert SimpleNamespace(**dict(parsed(request()).headers)).HOST == "a.cl"
