"""An MQTT broker in a process of its own: mosquitto where it is installed, else amqtt (`small_broker.py`)."""

import base64
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from deploy.simulators.certificates import Certificate, make_certificate

ROOT = Path(__file__).resolve().parents[3]
START_S = 20.0
STOP_S = 5.0


class NotStarted(Exception):
    """The broker ended or did not listen in time; the message holds what it said."""


@dataclass(frozen=True, slots=True)
class Broker:
    """Where it listens. Without `username` anybody may connect; with `authority` (a PEM file) it speaks TLS only."""

    host: str
    port: int
    kind: str
    username: str = ""
    password: str = field(default="", repr=False)
    authority: Path | None = None


@contextmanager
def running_broker(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    username: str = "",
    password: str = "",
    tls: bool = False,
    kind: str = "",
) -> Iterator[Broker]:
    """Run one until the block ends. Port 0 is a free one; sessions and what waits in them end with the process.

    `kind`: "mosquitto" or "amqtt"; empty takes mosquitto where it is installed.
    """
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="stack-vps-broker-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        certificate = make_certificate(folder) if tls else None
        broker = Broker(
            host=host,
            port=free_port(host, port),
            kind=kind or ("mosquitto" if shutil.which("mosquitto") else "amqtt"),
            username=username,
            password=password,
            authority=certificate.authority if certificate else None,
        )
        start = {"mosquitto": _mosquitto, "amqtt": _amqtt}[broker.kind]
        process = start(broker, certificate, folder)
        stack.callback(_stop, process)
        _wait_until_listening(process, broker, folder)
        yield broker


def free_port(host: str = "127.0.0.1", port: int = 0) -> int:
    """The port itself when it is free, or any for 0. Another's listener would be taken for ours."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise NotStarted(f"port {port} of {host}: {error.strerror}") from error
        return int(probe.getsockname()[1])


def _mosquitto(broker: Broker, certificate: Certificate | None, folder: Path) -> "subprocess.Popen[bytes]":
    lines = [
        f"listener {broker.port} {broker.host}",
        f"allow_anonymous {'false' if broker.username else 'true'}",
        "persistence false",
        # 0 is no limit: with the default of 1,000 a listener that was away for long would miss the rest.
        "max_queued_messages 0",
    ]
    if os.geteuid() == 0:
        lines.append("user root")  # its own account could not read this folder
    if broker.username:
        (folder / "accounts").write_text(f"{broker.username}:{_hashed(broker.password)}\n")
        lines.append(f"password_file {folder / 'accounts'}")
    if certificate:
        lines += [f"certfile {certificate.chain}", f"keyfile {certificate.key}"]
    (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
    return _start(["mosquitto", "-c", str(folder / "mosquitto.conf")], folder)


def _hashed(password: str) -> str:
    """As mosquitto_passwd writes it: PBKDF2 with SHA-512, a salt of 12 bytes."""
    salt, rounds = os.urandom(12), 101
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, rounds)
    return f"$7${rounds}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def _amqtt(broker: Broker, certificate: Certificate | None, folder: Path) -> "subprocess.Popen[bytes]":
    process = _start([sys.executable, "-m", "deploy.simulators.mqtt.small_broker"], folder)
    settings = {
        "bind": f"{broker.host}:{broker.port}",
        "username": broker.username,
        "password": broker.password,
        "chain": str(certificate.chain) if certificate else "",
        "key": str(certificate.key) if certificate else "",
    }
    assert process.stdin is not None  # noqa: S101 - opened by _start
    # By its standard input, so that the password is in no argument; it ends when that closes, as when we are killed.
    with suppress(BrokenPipeError):  # it has ended already: _wait_until_listening says why
        process.stdin.write(json.dumps(settings).encode() + b"\n")
    return process


def _start(command: list[str], folder: Path) -> "subprocess.Popen[bytes]":
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            command, cwd=ROOT, bufsize=0, stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT
        )


def _wait_until_listening(process: "subprocess.Popen[bytes]", broker: Broker, folder: Path) -> None:
    limit = time.monotonic() + START_S
    while time.monotonic() < limit and process.poll() is None:
        try:
            socket.create_connection((broker.host, broker.port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise NotStarted(f"{broker.kind}: {(folder / 'log').read_text(errors='replace')[-2000:]}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdin:
        process.stdin.close()
