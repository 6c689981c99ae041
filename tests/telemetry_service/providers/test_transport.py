"""The wire itself: where a connection goes, how it ends, and what cannot be sent at all."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pytest_httpserver import HTTPServer

from shared import clock
from telemetry_service.providers.engine import transport
from telemetry_service.providers.engine.results import Failure, FailureClass
from tests.telemetry_service.providers.conftest import Open, Opened

NOW = datetime(2026, 1, 2, tzinfo=UTC)
TOKEN = {"token": "00000000-2ec4-11e6-a77d-991b8f63b767"}
HOST = "proveedor.example.cl"
GOOD = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 28\r\n\r\n{"status":true,"result":[]} '


def failure(session: Opened) -> Failure:
    found = session.latest(TOKEN, ["caudal"], NOW).failure
    assert found is not None
    return found


class Names:
    """A name server of the test's own; counts how often it is asked."""

    def __init__(self, *answers: str) -> None:
        self.answers, self.asked, self.real = list(answers), 0, socket.getaddrinfo

    def getaddrinfo(self, host: str, port: int, *more: Any, **rest: Any) -> list[Any]:
        if host != HOST:
            return self.real(host, port, *more, **rest)
        address = self.answers[min(self.asked, len(self.answers) - 1)]
        self.asked += 1
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Any:
    def install(*answers: str) -> Names:
        server = Names(*answers)
        monkeypatch.setattr("shared.clients.outbound.socket.getaddrinfo", server.getaddrinfo)
        return server

    return install


def at_host(server: HTTPServer, scheme: str = "http") -> dict[str, Any]:
    return {"base_url": f"{scheme}://{HOST}:{server.port}", "limits": {"retries": 0}}


def test_the_connection_goes_to_the_address_that_was_looked_at(
    httpserver: HTTPServer, open_session: Open, names: Any
) -> None:
    httpserver.expect_request("/data", headers={"Host": f"{HOST}:{httpserver.port}"}).respond_with_json(
        {"status": True, "result": []}
    )
    server = names("127.0.0.1", "203.0.113.9")
    session = open_session("tago", at_host(httpserver), allow=[HOST])
    assert [session.latest(TOKEN, ["caudal"], NOW).outcome for _ in range(3)] == ["no_data"] * 3
    assert server.asked == 1  # and the open connection is used again


@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "::1"])
def test_a_public_name_with_a_private_address_is_refused(open_session: Open, names: Any, address: str) -> None:
    names(address)
    found = failure(open_session("tago", {"base_url": f"https://{HOST}"}, allow=[]))
    assert (found.kind, "privada" in found.message) == (FailureClass.CONFIG, True)


def test_a_name_that_nobody_knows_is_transient(open_session: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*args: Any, **more: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    monkeypatch.setattr("shared.clients.outbound.socket.getaddrinfo", unknown)
    found = failure(open_session("tago", {"base_url": f"https://{HOST}"}))
    assert found == Failure(FailureClass.TRANSIENT, f"no se encuentra {HOST}")


def certificate(folder: Path, name: str) -> Path:
    """A self-signed certificate for `name`, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(clock.system_now() - timedelta(days=1))
        .not_valid_after(clock.system_now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / f"{name}.pem"
    file.write_bytes(made.public_bytes(serialization.Encoding.PEM) + secret)
    return file


@contextmanager
def tls_server(file: Path) -> Iterator[tuple[HTTPServer, list[str | None]]]:
    """Gives the names under which it was asked for besides."""
    asked: list[str | None] = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    context.sni_callback = lambda _, name, __: asked.append(name)
    with HTTPServer(ssl_context=context) as server:
        server.expect_request("/data").respond_with_json({"status": True, "result": []})
        yield server, asked


@pytest.mark.parametrize(("name", "is_trusted"), [(HOST, True), ("otro.example.cl", False)])
def test_tls_checks_the_name_and_not_the_address(
    open_session: Open, names: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, is_trusted: bool
) -> None:
    file = certificate(tmp_path, name)
    monkeypatch.setattr(transport, "_tls", lambda: ssl.create_default_context(cafile=file))
    names("127.0.0.1")
    with tls_server(file) as (server, asked):
        session = open_session("tago", at_host(server, "https"), allow=[HOST])
        poll = session.latest(TOKEN, ["caudal"], NOW)
    assert asked == [HOST]
    assert (poll.failure is None) == is_trusted
    if poll.failure is not None:
        assert (poll.failure.kind, poll.failure.message) == (
            FailureClass.TRANSIENT,
            "sin respuesta (ClientConnectorCertificateError)",
        )


@contextmanager
def raw_server(*pieces: bytes, pause_s: float = 0.0) -> Iterator[str]:
    """Sends `pieces` to whoever connects, whatever he asks, and hangs up."""
    stopping = threading.Event()
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(65_536)
                try:
                    for piece in pieces:
                        connection.sendall(piece)
                        stopping.wait(pause_s)
                except OSError:
                    continue

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        stopping.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


LIMITS = {"retries": 0, "timeout_s": {"connect": 1, "read": 0.2}}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("pieces", "kind"),
    [
        ([b""], FailureClass.TRANSIENT),  # hangs up without a word
        ([b"220 mail.example.cl ESMTP\r\n"], FailureClass.TRANSIENT),
        ([HEAD + b"Content-Length: 100\r\n\r\n", b'{"status":'], FailureClass.TRANSIENT),
        ([HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"], FailureClass.TRANSIENT),
        ([HEAD + b"X: " + b"a" * 100_000 + b"\r\n\r\n"], FailureClass.TRANSIENT),
        ([HEAD + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello"], FailureClass.PARSE),
        ([HEAD + b"Content-Length: 5\r\n\r\n\xff\xfe\xfd\xfc\xfb"], FailureClass.PARSE),
    ],
)
def test_an_answer_that_breaks_off_or_is_none_has_a_class(
    open_session: Open, pieces: list[bytes], kind: FailureClass
) -> None:
    with raw_server(*pieces) as url:
        assert failure(open_session("tago", {"base_url": url, "limits": LIMITS})).kind is kind


def test_what_drips_for_ever_ends(open_session: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "SLOWEST", 1)
    changes = {"limits": {"retries": 0, "timeout_s": {"connect": 0.1, "read": 0.3}}}
    for start in (HEAD + b"Content-Length: 1000\r\n\r\n", HEAD):
        with raw_server(start, *[b"a"] * 1000, pause_s=0.05) as url:
            found = failure(open_session("tago", {"base_url": url, **changes}))
        assert found == Failure(FailureClass.TRANSIENT, "la respuesta no termina")


def test_silence_ends_at_the_time_out(open_session: Open) -> None:
    with raw_server(b"", pause_s=5) as url:
        found = failure(open_session("tago", {"base_url": url, "limits": LIMITS}))
    assert (found.kind, found.message) == (FailureClass.TRANSIENT, "sin respuesta (SocketTimeoutError)")


def test_a_raw_answer_is_read(open_session: Open) -> None:
    with raw_server(GOOD) as url:
        session = open_session("tago", {"base_url": url, "limits": LIMITS})
        assert session.latest(TOKEN, ["caudal"], NOW).outcome == "no_data"


@pytest.mark.parametrize("token", ["con\nsalto", "con\r\nCookie: robada", "niño"])
def test_a_credential_that_no_header_can_carry_is_a_fault_of_ours(
    httpserver: HTTPServer, open_session: Open, token: str
) -> None:
    poll = open_session("tago").latest({"token": token}, ["caudal"], NOW)
    assert poll.failure is not None
    assert poll.failure.kind is FailureClass.CONFIG
    assert token not in str(poll)
    assert httpserver.log == []


def test_the_url_goes_out_as_it_was_built(httpserver: HTTPServer, open_session: Open) -> None:
    httpserver.expect_request("/data").respond_with_json({"status": True, "result": []})
    open_session("tago").latest(TOKEN, ["a/b+c:ñ"], NOW)
    query = httpserver.log[0][0].query_string.decode()
    assert query == "variable=a%2Fb%2Bc%3A%C3%B1&query=last_value"


def test_cookies_are_not_carried_from_one_source_to_the_next(httpserver: HTTPServer, open_session: Open) -> None:
    httpserver.expect_request("/data").respond_with_json(
        {"status": True, "result": []}, headers={"Set-Cookie": "device=uno; Path=/"}
    )
    session = open_session("tago")
    for _ in range(2):
        session.latest(TOKEN, ["caudal"], NOW)
    assert "Cookie" not in httpserver.log[1][0].headers
