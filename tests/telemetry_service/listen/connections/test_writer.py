"""What is gathered for one commit, and what an acknowledgement belongs to."""

import threading
import time
import uuid
from datetime import timedelta
from typing import Any

import paho.mqtt.client as paho
import pytest

from shared.jobs.nudger import Nudger
from telemetry_service.listen.connections import writer as writers
from telemetry_service.listen.connections.accounts import BrokerAccount
from telemetry_service.listen.connections.client import BrokerClient
from telemetry_service.listen.connections.shards import Shard
from telemetry_service.listen.connections.writer import Writer
from telemetry_service.listen.store.arrivals import Arrival
from telemetry_service.providers.decoders.message import Decoded
from telemetry_service.providers.mqtt.parse import parse_mqtt
from tests.telemetry_service.listen.conftest import NOW, ROW


def arrival(after_s: float = 0, **more: Any) -> Arrival:
    at = NOW + timedelta(seconds=after_s)
    return Arrival(uuid.UUID(int=1), "t", "t", b"", at, lambda zones, memory: Decoded(), **more)


def message(mid: int) -> paho.MQTTMessage:
    made = paho.MQTTMessage(mid, b"telemetry/sn-1/data")
    made.qos, made.payload = 1, b"{}"
    return made


def writer() -> Writer:
    return Writer(Shard(), dict, lambda: None, lambda provider, command: None)


def test_what_comes_together_is_stored_together() -> None:
    made = writer()
    for n in range(5):
        made.receive(arrival(n / 100))
    assert len(made._gather()) == 5


def test_rows_of_one_commit_were_received_at_one_time() -> None:
    made = writer()
    for after_s in (0, 0.1, 5, 5.1):
        made.receive(arrival(after_s))
    made.stop()
    assert [len(made._gather()) for _ in range(3)] == [2, 2, 0]


def test_a_commit_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "MOST_AT_ONCE", 3)
    made = writer()
    for _ in range(4):
        made.receive(arrival())
    made.stop()
    assert [len(made._gather()) for _ in range(3)] == [3, 1, 0]


def test_only_what_its_sender_lets_go_is_ever_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "MOST_WAITING", 2)
    made = writer()
    for _ in range(4):
        made.receive(arrival(may_be_lost=True))
    made.receive(arrival())
    assert made.waiting == 3


def test_it_ends_although_more_keeps_coming(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "LAST_S", 0.0)
    made = writer()
    made.receive(arrival())
    made.stop()
    assert made._gather() == []


def test_an_acknowledgement_of_a_connection_that_is_gone_is_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    row = parse_mqtt(ROW)
    account = BrokerAccount(uuid.UUID(int=1), "broker", 1, "listener", row)
    received: list[Arrival] = []
    client = BrokerClient(account, subscribed=[], receive=received.append)
    acknowledged: list[int] = []
    monkeypatch.setattr(client._paho, "ack", lambda mid, qos: acknowledged.append(mid))
    client._on_message(None, None, message(1))
    client._begin_connection()
    client._on_message(None, None, message(2))
    for one in received:
        one.settle()
    assert acknowledged == [2]


def test_a_topic_that_is_no_text_ends_as_a_dead_letter() -> None:
    row = parse_mqtt(ROW)
    received: list[Arrival] = []
    client = BrokerClient(BrokerAccount(uuid.UUID(int=1), "b", 1, "l", row), subscribed=[], receive=received.append)
    client._on_message(None, None, paho.MQTTMessage(1, b"telemetry/\xff/data"))
    assert row.hearing(received[0].topic) is None


def test_many_wishes_are_one_message_and_a_failure_ends_nothing() -> None:
    sent, failed = [], threading.Event()

    def send() -> None:
        sent.append(time.monotonic())
        if len(sent) == 1:
            failed.set()
            raise ConnectionError("away")

    with Nudger(send) as nudger:
        nudger.soon()
        assert failed.wait(10)
        for _ in range(50):
            nudger.soon()
        limit = time.monotonic() + 10
        while len(sent) < 2 and time.monotonic() < limit:
            time.sleep(0.01)
    assert 2 <= len(sent) <= 3
