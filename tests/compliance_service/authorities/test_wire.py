"""What is told apart of a request's end: no byte left, bytes left and nothing came, an answer as it came."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from compliance_service.authorities.wire import LONGEST_ANSWER, Exchange, post

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


class Server:
    """Accepts connections, one after the other, and says on each what it is told to; keeps the requests."""

    def __init__(self, *answers: bytes, closes: bool) -> None:
        self.answers, self.closes = list(answers), closes
        self.requests: list[bytes] = []
        self.connections = 0
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}/a"
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self) -> None:
        while self.answers:
            line, _ = self.socket.accept()
            self.connections += 1
            with line:
                while self.answers and (request := _request(line)):
                    self.requests.append(request)
                    line.sendall(self.answers.pop(0))
                    if self.closes:
                        break


def _request(line: socket.socket) -> bytes:
    found = b""
    while b"\r\n\r\n" not in found or len(found.partition(b"\r\n\r\n")[2]) < _length(found):
        part = line.recv(65536)
        if not part:
            return b""
        found += part
    return found


def _length(request: bytes) -> int:
    rows = request.lower().partition(b"\r\n\r\n")[0].split(b"\r\n")
    return next((int(row.partition(b":")[2]) for row in rows if row.startswith(b"content-length:")), 0)


@contextmanager
def serving(*answers: bytes, closes: bool = False) -> Iterator[Server]:
    server = Server(*answers, closes=closes)
    try:
        yield server
    finally:
        server.socket.close()


def send(url: str, *, body: bytes = b'{"a":1}', timeout_s: float = 5.0) -> Exchange:
    return post(url, body=body, headers={"codigoObra": "OB-0601-1"}, timeout_s=timeout_s, allow=["127.0.0.1"])


def test_a_whole_answer_comes_as_it_is() -> None:
    with serving(OK) as server:
        found = send(server.url)
    assert (found.sent, found.status, found.body) == (True, 200, b"{}")
    assert found.headers["content-type"] == "application/json"
    assert b"codigoObra: OB-0601-1" in server.requests[0]
    assert server.requests[0].endswith(b'\r\n\r\n{"a":1}')


def test_a_connection_is_kept_for_the_next_request() -> None:
    with serving(OK, OK, OK) as server:
        assert [send(server.url).status for _ in range(3)] == [200, 200, 200]
    assert server.connections == 1


def test_one_that_the_other_side_closed_is_not_written_to() -> None:
    with serving(OK, OK, closes=True) as server:
        assert send(server.url).status == 200
        server.thread.join(0.2)  # the end of the first connection arrives
        assert send(server.url) == Exchange(
            True, 200, b"{}", {"content-type": "application/json", "content-length": "2"}
        )
    assert server.connections == 2


def test_nobody_there_means_that_no_byte_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    found = send(f"http://127.0.0.1:{port}/")
    assert (found.sent, found.status, found.error) == (False, None, "ConnectionRefusedError")


def test_a_name_that_nobody_has_means_that_no_byte_left() -> None:
    found = send("https://nobody.invalid/")
    assert (found.sent, found.status) == (False, None)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"what is this\r\n\r\n",
    ],
)
def test_bytes_that_left_without_a_whole_answer_are_a_doubt(answer: bytes) -> None:
    with serving(answer, closes=True) as server:
        found = send(server.url)
    assert (found.sent, found.status, found.body) == (True, None, b"")
    assert found.error


def test_silence_is_a_doubt_after_its_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        found = send(f"http://127.0.0.1:{deaf.getsockname()[1]}/", timeout_s=0.2)
    assert (found.sent, found.status, found.error) == (True, None, "TimeoutError")


def test_chunks_are_put_together_and_the_connection_goes_on() -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"
    with serving(chunked, OK) as server:
        assert [send(server.url).body, send(server.url).body] == [b"{}", b"{}"]
    assert server.connections == 1


def test_a_redirect_is_an_answer_and_not_followed() -> None:
    moved = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"
    with serving(moved) as server:
        assert send(server.url).status == 302
    assert len(server.requests) == 1


def test_of_an_endless_answer_the_beginning_is_kept() -> None:
    body = b"x" * (LONGEST_ANSWER + 10)
    with serving(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body, OK) as server:
        assert len(send(server.url).body) == LONGEST_ANSWER
        assert send(server.url).body == b"{}"
    assert server.connections == 2


def test_what_may_not_leave_does_not() -> None:
    found = post("http://198.51.100.7/", body=b"{}", headers={}, timeout_s=1.0, allow=[])
    assert (found.sent, found.status) == (False, None)
    assert "https" in found.error
