import http.client
import json
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from deploy.native.checks.servers import free_port
from deploy.native.front import load_builder
from deploy.native.processes import PORTS, SERVICES
from deploy.native.servers import nginx_program

ROOT = Path(__file__).parents[2]
builder = load_builder()


def test_the_written_file_is_what_the_program_writes() -> None:
    written = (ROOT / "nginx" / "nginx.conf").read_text()
    assert written == builder.build(builder.COMPOSE), "run `python nginx/build.py` and read the diff"


def test_compose_finds_the_services_at_their_ports() -> None:
    assert builder.COMPOSE.upstreams == {service: f"{service}:{PORTS[service]}" for service in SERVICES}


class Echo(BaseHTTPRequestHandler):
    """Answers with the path it was asked for and the request id it was given. `?hold` waits to be let go."""

    held = threading.Semaphore(0)
    let_go = threading.Event()

    def do_GET(self) -> None:
        body = f"{self.server.server_port} {self.path} {self.headers['X-Request-ID']}".encode()
        self.send_response(404 if self.path.endswith("?missing") else 200)
        self.send_header("X-Content-Type-Options", "nosniff")  # as Django does
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("?hold"):
            self.held.release()
            self.let_go.wait(20)
        self.do_GET()

    def log_message(self, *_: object) -> None:
        """The test's output is for the test."""


@pytest.fixture(scope="module")
def upstreams() -> Iterator[dict[str, int]]:
    servers = {name: ThreadingHTTPServer(("127.0.0.1", 0), Echo) for name in SERVICES}
    for server in servers.values():
        threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {name: server.server_port for name, server in servers.items()}
    for server in servers.values():
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def front(upstreams: dict[str, int], tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A real nginx with the written configuration."""
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    static = folder / "static"
    static.mkdir()
    (static / "a.css").write_text("a{}")
    addresses = {name: f"127.0.0.1:{upstream}" for name, upstream in upstreams.items()}
    limits = builder.KeyLimits(rate=1, burst=3, at_once=1)
    layout = builder.Layout(f"127.0.0.1:{port}", addresses, str(folder), str(static), limits)
    config = folder / "nginx.conf"
    # Its workers would drop to an account that cannot read the test's folder.
    config.write_text(f"user root;\n{builder.build(layout)}" if Path.home() == Path("/root") else builder.build(layout))
    command = [str(nginx_program()), "-p", str(folder), "-c", str(config), "-e", "stderr"]
    checked = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    process = subprocess.Popen([*command, "-g", "daemon off;"])
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def _wait(port: int) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("nginx does not listen")


def get(port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers=headers or {})
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "service", "arrives_as"),
    [
        ("/", "core", "/"),
        ("/admin/", "core", "/admin/"),
        ("/api/auth/token", "core", "/api/auth/token"),
        ("/api/users/me/", "core", "/api/users/me/"),
        ("/api/core/points/?limit=1", "core", "/api/core/points/?limit=1"),
        ("/api/telemetry/data/", "telemetry", "/api/telemetry/data/"),
        ("/api/compliance/data/", "compliance", "/api/compliance/data/"),
        ("/health/telemetry", "telemetry", "/health"),
        ("/ready/compliance", "compliance", "/ready"),
    ],
)
def test_each_address_has_its_service(
    front: int, upstreams: dict[str, int], path: str, service: str, arrives_as: str
) -> None:
    status, body = get(front, path)
    assert (status, body.split()[:2]) == (200, [str(upstreams[service]), arrives_as])


@pytest.mark.parametrize(
    "path", ["/metrics", "/metrics/", "/api/core/metrics", "/api/telemetry/metrics", "//metrics", "/%6Detrics"]
)
def test_figures_do_not_leave(front: int, path: str) -> None:
    assert get(front, path)[0] == 404


def test_the_token_of_an_owner_of_many_points_gets_through(front: int) -> None:
    assert get(front, "/api/core/points/", {"Authorization": f"Bearer {'x' * 26_000}"})[0] == 200


@pytest.mark.parametrize(
    ("path", "megabytes", "status"),
    [
        ("/api/telemetry/imports/", 50, 200),
        ("/api/telemetry/imports/", 52, 413),
        ("/api/telemetry/process/", 6, 413),
        ("/api/telemetry/readings/", 6, 200),
        ("/api/telemetry/readings/", 7, 413),
    ],
)
def test_files_may_be_larger_than_other_bodies(front: int, path: str, megabytes: int, status: int) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", front, timeout=20)
    try:
        connection.request("POST", path, body=b"x" * megabytes * 2**20)
        assert connection.getresponse().status == status
    except (BrokenPipeError, ConnectionResetError):
        assert status == 413  # nginx hung up before it had read it all
    finally:
        connection.close()


@pytest.mark.parametrize("path", ["/static/a.css", "/static/b.css", "/admin/", "/admin/?missing", "/metrics"])
def test_every_answer_says_once_that_its_type_is_what_it_says(front: int, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", front, timeout=5)
    try:
        connection.request("GET", path)
        assert connection.getresponse().headers.get_all("X-Content-Type-Options") == ["nosniff"]
    finally:
        connection.close()


def test_static_files_are_served(front: int) -> None:
    assert get(front, "/static/a.css") == (200, "a{}")


def test_a_harmless_request_id_is_kept_and_any_other_replaced(front: int) -> None:
    assert get(front, "/", {"X-Request-ID": "abcdef123456"})[1].endswith(" abcdef123456")
    assert len(get(front, "/", {"X-Request-ID": "a b"})[1].split()[-1]) == 32


PUSH = "/api/telemetry/readings/"


def key(letter: str) -> str:
    return f"stk_{letter * 12}_{letter * 43}"


def push(port: int, path: str = PUSH, **headers: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("POST", path, body=b"[]", headers=headers)
    response = connection.getresponse()
    response.body = response.read()  # type: ignore[attr-defined]
    connection.close()
    return response


@pytest.mark.parametrize("header", ["Authorization", "X-Api-Key"])
def test_a_flood_on_one_key_stops_at_the_front(front: int, header: str) -> None:
    """Of twice what the service lets a key do: six at once, and two a second."""
    letter = header[0].lower()
    flood = {header: f"Bearer {key(letter)}" if header == "Authorization" else key(letter)}
    answers = [push(front, **flood) for _ in range(40)]
    statuses = [answer.status for answer in answers]
    assert statuses[:6] == [200] * 6
    assert statuses.count(429) >= 20
    refused = next(answer for answer in answers if answer.status == 429)
    body = json.loads(refused.body)  # type: ignore[attr-defined]
    assert (refused.headers["Retry-After"], refused.headers["Content-Type"]) == ("1", "application/problem+json")
    assert (body["code"], body["status"], len(body["request_id"])) == ("key_too_many", 429, 32)
    assert key(letter) not in str(body)
    assert push(front, **{header: flood[header].replace(letter, "q")}).status == 200


def test_what_is_no_push_or_brings_no_key_is_not_counted(front: int) -> None:
    assert {push(front).status for _ in range(15)} == {200}
    assert {push(front, Authorization="Bearer eyJ.a.b").status for _ in range(15)} == {200}
    assert {push(front, "/api/telemetry/process/", **{"X-Api-Key": key("p")}).status for _ in range(15)} == {200}


def test_one_key_has_so_many_under_way_and_others_go_by(front: int) -> None:
    held = [threading.Thread(target=push, args=(front, f"{PUSH}?hold"), kwargs={"X-Api-Key": key("h")}) for _ in "12"]
    try:
        for one in held:
            one.start()
        assert all(Echo.held.acquire(timeout=10) for _ in held)
        assert push(front, **{"X-Api-Key": key("h")}).status == 429
        assert push(front, **{"X-Api-Key": key("o")}).status == 200
    finally:
        Echo.let_go.set()
        for one in held:
            one.join(20)
    assert push(front, **{"X-Api-Key": key("h")}).status == 200


@pytest.mark.parametrize(
    ("given", "limits"),
    [
        ({}, (20, 60, 2)),
        ({"API_KEY_RATE": "100", "API_KEY_AT_ONCE": "8"}, (100, 60, 8)),
        ({"API_KEY_RATE": "nonsense", "API_KEY_BURST": "0"}, (20, 60, 2)),
    ],
)
def test_the_limits_are_those_that_telemetry_is_told(given: dict[str, str], limits: tuple[int, int, int]) -> None:
    said = builder.limits_of(given)
    assert (said.rate, said.burst, said.at_once) == limits
