import http.client
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
    """Answers with the path it was asked for and the request id it was given."""

    def do_GET(self) -> None:
        body = f"{self.server.server_port} {self.path} {self.headers['X-Request-ID']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
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
    layout = builder.Layout(f"127.0.0.1:{port}", addresses, str(folder), str(static))
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


def test_static_files_are_served(front: int) -> None:
    assert get(front, "/static/a.css") == (200, "a{}")


def test_a_harmless_request_id_is_kept_and_any_other_replaced(front: int) -> None:
    assert get(front, "/", {"X-Request-ID": "abcdef123456"})[1].endswith(" abcdef123456")
    assert len(get(front, "/", {"X-Request-ID": "a b"})[1].split()[-1]) == 32
