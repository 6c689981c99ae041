"""The broker that tests and demo lean on: QoS 1 means at least once, over a lost connection too."""

import shutil
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from deploy.simulators.certificates import make_certificate
from deploy.simulators.mqtt.broker import Broker, NotStarted, free_port, running_broker

KINDS = [
    "amqtt",
    pytest.param("mosquitto", marks=pytest.mark.skipif(not shutil.which("mosquitto"), reason="mosquitto is not here")),
]
WAIT_S = 10.0
REFUSED = ("Not authorized", "Bad user name or password")


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Listener:
    """A client with a session that outlives its connection; acknowledges what `takes` says, in its own time."""

    def __init__(self, broker: Broker, *, takes: Callable[[bytes], bool]) -> None:
        self.client = make_client(broker, "listener", clean_session=False, manual_ack=True)
        self.seen: list[bytes] = []
        self.takes = takes
        self.subscribed = threading.Event()
        self.client.on_connect = self._on_connect
        self.client.on_subscribe = lambda *_: self.subscribed.set()
        self.client.on_message = self._on_message
        self.client.connect(broker.host, broker.port)
        self.client.loop_start()
        assert self.subscribed.wait(WAIT_S)

    def break_off(self) -> None:
        """As when the process is killed: the socket closes and nothing is said."""
        sock = self.client.socket()
        assert sock is not None
        self.client.loop_stop()
        sock.close()

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def _on_connect(self, *_: Any) -> None:
        self.client.subscribe("#", qos=1)

    def _on_message(self, _client: Any, _user: Any, message: paho.MQTTMessage) -> None:
        assert not message.retain
        payload = bytes(message.payload)
        self.seen.append(payload)
        if self.takes(payload):
            self.client.ack(message.mid, message.qos)


def make_client(broker: Broker, name: str, **more: Any) -> paho.Client:
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id=name, protocol=paho.MQTTv311, **more)
    if broker.username:
        client.username_pw_set(broker.username, broker.password)
    if broker.authority:
        client.tls_set(str(broker.authority))
    return client


@contextmanager
def sender(broker: Broker) -> Iterator[Callable[[int, int], None]]:
    client = make_client(broker, "device")
    client.connect(broker.host, broker.port)
    client.loop_start()

    def send(first: int, last: int) -> None:
        sent = [client.publish("telemetry/a/data", str(number), qos=1) for number in range(first, last)]
        for message in sent:
            message.wait_for_publish(WAIT_S)

    yield send
    client.disconnect()
    client.loop_stop()


def wait_until(true: Callable[[], bool]) -> None:
    limit = time.monotonic() + WAIT_S
    while not true():
        assert time.monotonic() < limit
        time.sleep(0.01)


def numbers(first: int, last: int) -> list[bytes]:
    return [str(number).encode() for number in range(first, last)]


def test_what_was_not_acknowledged_comes_again(kind: str) -> None:
    with running_broker(kind=kind) as broker, sender(broker) as send:
        first = Listener(broker, takes=lambda payload: int(payload) < 5)
        send(0, 50)
        wait_until(lambda: len(first.seen) >= 5)
        first.break_off()
        send(50, 60)
        second = Listener(broker, takes=lambda _: True)
        wait_until(lambda: len(set(second.seen)) >= 55)
        second.close()
        assert sorted(set(second.seen), key=int) == numbers(5, 60)


def test_a_late_acknowledgement_keeps_the_rest_waiting_and_loses_nothing(kind: str) -> None:
    with running_broker(kind=kind) as broker, sender(broker) as send:
        patient = Listener(broker, takes=lambda _: False)
        send(0, 200)
        wait_until(lambda: len(patient.seen) == 20)
        patient.takes = lambda _: True
        for number in range(1, 21):
            patient.client.ack(number, 1)
        wait_until(lambda: len(patient.seen) == 200)
        patient.close()
        assert patient.seen == numbers(0, 200)


def test_a_session_that_is_taken_over_goes_on(kind: str) -> None:
    with running_broker(kind=kind) as broker, sender(broker) as send:
        old = Listener(broker, takes=lambda _: True)
        old.client.reconnect_delay_set(60, 60)
        new = Listener(broker, takes=lambda _: True)
        send(0, 10)
        wait_until(lambda: len(new.seen) == 10)
        new.close()
        old.close()
        assert new.seen == numbers(0, 10)


@pytest.mark.parametrize("password", ["", "other"])
def test_only_the_account_may_connect(kind: str, password: str) -> None:
    with running_broker(kind=kind, username="listener", password="only-for-tests") as broker:
        assert "only-for-tests" not in repr(broker)
        stranger = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv311)
        stranger.username_pw_set("listener", password)
        answers: list[str] = []
        stranger.on_connect = lambda _c, _u, _f, reason, _p: answers.append(str(reason))
        stranger.connect(broker.host, broker.port)
        while not answers and stranger.loop(timeout=1) == paho.MQTT_ERR_SUCCESS:
            pass
        assert answers[0] in REFUSED
        Listener(broker, takes=lambda _: True).close()


def test_tls_with_an_authority_of_its_own(kind: str, tmp_path: Path) -> None:
    with running_broker(kind=kind, tls=True) as broker:
        Listener(broker, takes=lambda _: True).close()
        wary = ssl.create_default_context(cafile=str(make_certificate(tmp_path).authority))
        with socket.create_connection((broker.host, broker.port)) as plain, pytest.raises(ssl.SSLCertVerificationError):
            wary.wrap_socket(plain, server_hostname=broker.host)


def test_it_comes_back_on_the_same_port_and_is_gone_afterwards(kind: str) -> None:
    port = free_port()
    for _ in range(2):
        with running_broker(kind=kind, port=port) as broker:
            Listener(broker, takes=lambda _: True).close()
    with pytest.raises(ConnectionRefusedError):
        make_client(broker, "late").connect(broker.host, port)


def test_a_port_that_is_taken_is_said(kind: str) -> None:
    with running_broker(kind=kind) as broker, pytest.raises(NotStarted, match=str(broker.port)):
        free_port(broker.host, broker.port)


def test_what_a_broker_says_before_it_ends_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("deploy.simulators.mqtt.broker.sys.executable", "false")
    with pytest.raises(NotStarted, match="amqtt"), running_broker(kind="amqtt"):
        pass
