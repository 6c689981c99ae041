"""A connection to one broker: paho-mqtt with a session that outlives it, and nothing acknowledged before it is kept.

A message that is not acknowledged is sent again when the connection comes back, and under a new number: an
acknowledgement of the connection before would be for another message. So each belongs to the connection it came by.
"""

import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import paho.mqtt.client as paho
from django.conf import settings
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from shared import clock
from shared.clients.outbound import ForbiddenAddress, guard, resolve
from shared.errors import Unreachable
from telemetry_service.listen.connections.accounts import BrokerAccount
from telemetry_service.listen.connections.states import Standing
from telemetry_service.listen.models import ConnectionState
from telemetry_service.listen.store.arrivals import Arrival
from telemetry_service.listen.store.heard import Sent, arrival
from telemetry_service.providers.decoders.message import Command
from telemetry_service.providers.mqtt.row import MqttRow

logger = logging.getLogger(__name__)
CONNECT_S = 10.0
# So many messages wait for their acknowledgement, where the broker lets us say so: what one commit can hold.
WINDOW = 1000
REFUSED = {"Bad user name or password", "Not authorized", "Banned", "Bad authentication method"}
WRONG = {"Client identifier not valid", "Unsupported protocol version", "Topic name invalid", "Packet too large"}
UNREADABLE = "(tópico ilegible)"
TAKEN_OVER = "Session taken over"
Receive = Callable[[Arrival], None]


class Guarded(paho.Client):
    """Connects to the very address that the guard saw, and remembers what kept it from connecting."""

    allow_plain = False
    fault = Standing(ConnectionState.CONNECTING)

    def _create_socket(self) -> Any:
        try:
            return super()._create_socket()
        except ssl.SSLError as error:
            self.fault = Standing(ConnectionState.UNREACHABLE, f"TLS: {_reason(error)}")
            raise
        except OSError as error:
            if not isinstance(error, _Forbidden):
                self.fault = Standing(ConnectionState.UNREACHABLE, f"sin conexión ({type(error).__name__})")
            raise

    def _create_socket_connection(self) -> socket.socket:
        found: list[str] = []

        def remember(host: str, port: int) -> list[str]:
            found.extend(resolve(host, port))
            return found

        scheme = "https" if self._ssl or self.allow_plain else "http"  # the guard's words for sealed and plain
        shown = f"[{self._host}]" if ":" in self._host else self._host
        try:
            guard(f"{scheme}://{shown}:{self._port}", allow=settings.OUTBOUND_ALLOW, resolver=remember)
        except ForbiddenAddress as error:
            detail = (
                "sin TLS solo con allow_plain en la fila, o en OUTBOUND_ALLOW" if scheme == "http" else error.detail
            )
            self.fault = Standing(ConnectionState.WRONG, detail)
            raise _Forbidden(error.detail) from error
        except Unreachable as error:
            raise ConnectionError(error.detail) from error
        return socket.create_connection((found[0], self._port), timeout=CONNECT_S)


class _Forbidden(OSError):
    pass


class BrokerClient:
    """Callbacks run on paho's own thread: they note and hand over, and never touch the database."""

    def __init__(self, account: BrokerAccount, *, subscribed: Iterable[str], receive: Receive) -> None:
        if account.row is None:
            raise ValueError(account.problem)
        self.account = account
        self.row: MqttRow = account.row
        self.standing = Standing(ConnectionState.CONNECTING)
        self.subscribed = set(subscribed)  # what the broker's session may be subscribed to
        self.is_over = False  # it ended itself: to be tried again later, by a new one
        self._receive = receive
        self._wanted = dict(account.filters)
        self._connection = 0  # counts them
        self._lock = threading.Lock()
        self._paho = self._client()

    @property
    def wanted(self) -> frozenset[str]:
        return frozenset(self._wanted)

    def start(self) -> None:
        more: dict[str, Any] = {}
        if self.row.protocol == "5":
            more = {"clean_start": False, "properties": self._session()}
        self._paho.connect_async(self.row.host, self.row.port, self.row.keepalive_s, **more)
        self._paho.loop_start()

    def hear(self, filters: Iterable[tuple[str, int]]) -> None:
        """From now on these are subscribed to, and no others."""
        self._wanted = dict(filters)
        if self.standing.state == ConnectionState.CONNECTED and set(self._wanted) != self.subscribed:
            self._subscribe()

    def publish(self, command: Command) -> None:
        self._paho.publish(command.topic, command.payload, qos=0)

    def say_goodbye(self) -> None:
        """The session stays at the broker; `join` waits until the connection is gone."""
        self._paho.disconnect()

    def join(self) -> None:
        self._paho.loop_stop()

    def _client(self) -> Guarded:
        row = self.row
        is_five = row.protocol == "5"
        more: dict[str, Any] = {} if is_five else {"clean_session": False}
        client = Guarded(
            CallbackAPIVersion.VERSION2,
            client_id=self.account.client_id,
            protocol=paho.MQTTv5 if is_five else paho.MQTTv311,
            manual_ack=True,
            **more,
        )
        client.allow_plain, client.connect_timeout = row.allow_plain, CONNECT_S
        client.reconnect_delay_set(*row.reconnect_s)
        if self.account.username is not None:
            client.username_pw_set(self.account.username, self.account.password)
        if row.tls is not None:
            client.tls_set_context(ssl.create_default_context(cadata=row.tls.ca))
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_connect_fail, client.on_pre_connect = self._on_connect_fail, self._on_pre_connect
        client.on_subscribe, client.on_message = self._on_subscribe, self._on_message
        return client

    def _session(self) -> Properties:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]  # paho leaves this one out
        properties.SessionExpiryInterval = int(self.row.session.total_seconds())
        properties.ReceiveMaximum = WINDOW
        return properties

    # --- on paho's thread

    def _on_pre_connect(self, *_: Any) -> None:
        self._begin_connection()

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        self._begin_connection()
        if code.is_failure:
            self.standing = _standing(code)
            if self.standing.state in {ConnectionState.REFUSED, ConnectionState.WRONG}:
                self._paho.disconnect()  # trying again at once would lock the account
                self.is_over = True
            return
        if not self._subscribe():
            self.standing = Standing(ConnectionState.CONNECTED)

    def _on_connect_fail(self, *_: Any) -> None:
        self.standing = self._paho.fault

    def _on_disconnect(self, _client: Any, _data: Any, _flags: Any, code: ReasonCode, _properties: Any) -> None:
        self._begin_connection()
        if self.standing.state in {ConnectionState.CONNECTED, ConnectionState.CONNECTING}:
            why = "otra conexión usa el mismo client_id" if code.getName() == TAKEN_OVER else "se cortó la conexión"
            self.standing = Standing(ConnectionState.UNREACHABLE, why)

    def _on_subscribe(self, _client: Any, _data: Any, _mid: int, codes: list[ReasonCode], _properties: Any) -> None:
        """Only from here on is what others publish kept for us."""
        refused = sum(code.is_failure for code in codes)
        problem = f"el broker rechaza {refused} de {len(codes)} suscripciones" if refused else ""
        self.standing = Standing(ConnectionState.CONNECTED, problem)
        if set(self._wanted) != self.subscribed:  # changed while the broker answered
            self._subscribe()

    def _on_message(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = UNREADABLE  # no subscription hears it: it ends as a dead letter
        self._receive(
            arrival(
                provider_id=self.account.id,
                row=self.row,
                sent=Sent(
                    topic,
                    bytes(message.payload),
                    is_retained=bool(message.retain),
                    is_repeated=bool(message.dup),
                    may_be_lost=message.qos == 0,
                ),
                received_at=clock.now(),
                settle=partial(self._settle, self._connection, message.mid, message.qos),
            )
        )

    def _subscribe(self) -> bool:
        """Whether the broker has to answer."""
        stale = sorted(self.subscribed - set(self._wanted))
        if stale:
            self._paho.unsubscribe(stale)
        if self._wanted:
            self._paho.subscribe(sorted(self._wanted.items()))
        self.subscribed = set(self._wanted)
        return bool(self._wanted)

    def _begin_connection(self) -> None:
        with self._lock:
            self._connection += 1

    # --- on the writer's thread

    def _settle(self, connection: int, mid: int, qos: int) -> None:
        with self._lock:
            if connection == self._connection:
                self._paho.ack(mid, qos)


def _standing(code: ReasonCode) -> Standing:
    name = code.getName()
    if name in REFUSED:
        return Standing(ConnectionState.REFUSED, f"el broker rechaza las credenciales ({name})")
    if name in WRONG:
        return Standing(ConnectionState.WRONG, f"el broker no acepta la conexión ({name})")
    return Standing(ConnectionState.UNREACHABLE, f"el broker no atiende ({name})")


def _reason(error: ssl.SSLError) -> str:
    return getattr(error, "verify_message", "") or error.reason or type(error).__name__
