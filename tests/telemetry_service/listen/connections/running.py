"""A listener in a process of its own, on the tests' database, and devices that publish."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import paho.mqtt.client as paho
import pytest
from django.conf import settings
from paho.mqtt.enums import CallbackAPIVersion

from deploy.simulators.mqtt.broker import Broker
from tests.telemetry_service.listen.conftest import ROW, TS

ROOT = Path(__file__).parents[4]
WAIT_S = 60.0
HAS_MOSQUITTO = bool(shutil.which("mosquitto"))
needs_mosquitto = pytest.mark.skipif(not HAS_MOSQUITTO, reason="mosquitto is not here")
Publish = Callable[..., None]


class Listener:
    """`manage.py listen`. `database_port`: another way to the database."""

    def __init__(self, *arguments: str, database_port: int | None = None, **environment: str) -> None:
        self._log = Path(os.environ.get("TMPDIR", "/tmp")) / f"listen-{os.getpid()}-{id(self)}.log"  # noqa: S108
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "telemetry_service/manage.py", "listen", *arguments],
                env=os.environ | {"DATABASE_URL": test_database(database_port)} | environment,
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """As `kill -9` does it."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(WAIT_S)

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        self._log.unlink(missing_ok=True)

    @property
    def log(self) -> str:
        return self._log.read_text(errors="replace")


@contextmanager
def listening(*arguments: str, **more: Any) -> Iterator[Listener]:
    listener = Listener(*arguments, **more)
    try:
        yield listener
    finally:
        listener.close()


def test_database(port: int | None) -> str:
    """The URL of the database in which the tests' rows are."""
    parts = urlsplit(os.environ["DATABASE_URL"])
    user, _, place = parts.netloc.rpartition("@")
    host = place.rpartition(":")[0]
    netloc = parts.netloc if port is None else f"{user}@{host}:{port}"
    return urlunsplit(parts._replace(netloc=netloc, path=f"/{settings.DATABASES['default']['NAME']}"))


def row(broker: Broker, **changes: Any) -> dict[str, Any]:
    """The row of an account with that broker."""
    said: dict[str, Any] = {**ROW, "host": "127.0.0.1", "port": broker.port, "reconnect_s": {"min": 1, "max": 2}}
    if broker.username:
        said["credentials"] = {"username": broker.username, "password": "{cred.password}"}
    if broker.authority:
        said["tls"] = {"ca": broker.authority.read_text()}
    return said | changes


@contextmanager
def publishing(broker: Broker) -> Iterator[Publish]:
    """A device's own connection. Each message is the broker's when the call returns."""
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
    if broker.username:
        client.username_pw_set(broker.username, broker.password)
    if broker.authority:
        client.tls_set(str(broker.authority))
    client.max_inflight_messages_set(100)
    client.connect("127.0.0.1", broker.port)
    client.loop_start()

    def publish(topic: str, *payloads: Any, qos: int = 1, retain: bool = False) -> None:
        sent = [client.publish(topic, _body(one), qos=qos, retain=retain) for one in payloads]
        for message in sent:
            message.wait_for_publish(WAIT_S)

    try:
        yield publish
    finally:
        client.disconnect()
        client.loop_stop()


def _body(payload: Any) -> bytes:
    return payload if isinstance(payload, bytes) else json.dumps(payload).encode()


def wait_until(true: Callable[[], bool], *, listener: Listener | None = None) -> None:
    limit = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < limit, listener.log if listener else "in vain"
        assert listener is None or listener.process.poll() is None, listener.log
        time.sleep(0.05)


def states(**said: Any) -> Mapping[str, str]:
    """Each account's connection, by the account's name."""
    from telemetry_service.listen.models import Connection

    return dict(Connection.objects.filter(**said).values_list("provider__name", "state"))


def wait_for_connection(listener: Listener, *names: str) -> None:
    wait_until(
        lambda: set(names) <= {name for name, state in states().items() if state == "connected"}, listener=listener
    )


def messages(first: int, last: int) -> list[dict[str, int]]:
    return [{"caudal": n, "ts": TS + n} for n in range(first, last)]


def values() -> list[int]:
    """Of all rows, those that are there twice as well."""
    from telemetry_service.raw.models import RawTelemetryData

    return sorted(int(value) for value in RawTelemetryData.objects.values_list("value", flat=True))


def wait_for(count: int, listener: Listener) -> None:
    from telemetry_service.raw.models import RawTelemetryData

    wait_until(lambda: RawTelemetryData.objects.count() >= count, listener=listener)
