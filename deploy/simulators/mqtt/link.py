"""One device's, or one node's, connection to the broker, with what the broker says when it breaks."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from deploy.simulators.mqtt.sample import Message

CONNECT_S = 10.0
SEND_S = 30.0
POLL_S = 0.2


class NotPublished(Exception):
    """The broker refused the connection or did not acknowledge in time."""


@dataclass(frozen=True, slots=True)
class Where:
    """The broker, and with whose account."""

    host: str
    port: int
    username: str = ""
    password: str = field(default="", repr=False)
    authority: Path | None = None


class Link:
    """`hear` gets what is published on `topic`."""

    def __init__(
        self, name: str, where: Where, *, topic: str = "", hear: Callable[[bytes], None] | None = None
    ) -> None:
        self._name, self._where = name, where
        self._topic, self._hear = topic, hear
        self._answered = threading.Event()
        self._client: paho.Client | None = None
        self._pending: list[paho.MQTTMessageInfo] = []

    @property
    def is_open(self) -> bool:
        return self._client is not None and self._client.is_connected()

    def open(self, last_will: Message | None) -> None:
        """Raises NotPublished when the broker is not there or does not want us."""
        self.close()
        client = self._client = self._make(last_will)
        try:
            client.connect(self._where.host, self._where.port)
        except OSError as error:
            raise NotPublished(f"{self._where}: {error}") from error
        client.loop_start()
        if not self._answered.wait(CONNECT_S) or not client.is_connected():
            client.loop_stop()
            raise NotPublished(f"{self._where}: the broker refuses the connection")

    def send(self, message: Message, *, qos: int) -> None:
        topic, payload = message
        if self._client is not None:
            self._pending.append(self._client.publish(topic, payload, qos=qos))

    def flush(self) -> None:
        """Return when the broker has all that was sent."""
        pending, self._pending = self._pending, []
        for sent in pending:
            limit = time.monotonic() + SEND_S
            while not sent.is_published():
                if not self.is_open or time.monotonic() > limit:
                    raise NotPublished(f"{self._where}: not acknowledged")
                sent.wait_for_publish(POLL_S)

    def break_off(self) -> None:
        """Without a word, as when the power fails: the broker says the last will."""
        client, self._client = self._client, None
        if client is not None:
            client.loop_stop()
            sock = client.socket()
            if sock is not None:
                sock.close()

    def close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            client.disconnect()
            client.loop_stop()

    def _make(self, last_will: Message | None) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=self._name, protocol=paho.MQTTv311, reconnect_on_failure=False
        )
        self._answered.clear()
        client.on_connect = self._on_connect
        client.on_message = self._on_message
        if self._where.username:
            client.username_pw_set(self._where.username, self._where.password)
        if self._where.authority:
            client.tls_set(str(self._where.authority))
        if last_will:
            client.will_set(*last_will, qos=1)
        return client

    def _on_connect(self, client: paho.Client, _user: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if self._topic and not reason.is_failure:
            client.subscribe(self._topic, qos=1)
        self._answered.set()

    def _on_message(self, _client: paho.Client, _user: Any, message: paho.MQTTMessage) -> None:
        if self._hear:
            self._hear(bytes(message.payload))
