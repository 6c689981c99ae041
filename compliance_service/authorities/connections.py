"""Connections to regulators, kept between requests. One that the other side closed meanwhile is never written to."""

import select
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Iterable
from functools import lru_cache
from http.client import HTTPConnection, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import httpx

from shared.clients.outbound import guard

# Kept no longer than servers usually do: bytes that meet a closing connection are a doubt, and cost a day.
KEPT_S = 4.0
# What of an address goes into a request line as it is.
SAFE = "/%:@!$&'()*+,;=-._~?"


class CannotConnect(Exception):
    """No byte left. The message is the kind of the error."""


class Whole(HTTPConnection):
    """Sends head and body in one piece: two are two packets, and wake the other side twice."""

    def endheaders(self, message_body: Any = None, *, encode_chunked: bool = False) -> None:
        self._pieces: list[bytes] = []
        super().endheaders(message_body, encode_chunked=encode_chunked)
        super().send(b"".join(self._pieces))

    def send(self, data: Any) -> None:
        self._pieces.append(data)


class WholeTLS(Whole, HTTPSConnection):
    """The same over TLS."""


class Place(NamedTuple):
    """Where a connection leads, and which hosts were allowed to its borrower: nobody else is lent it."""

    scheme: str
    host: str
    allow: tuple[str, ...]


class Line:
    """A connection that its borrower alone uses. It is given back once an answer was read to its end, else closed."""

    def __init__(self, connection: HTTPConnection, place: Place, target: str) -> None:
        self.connection, self.target = connection, target
        self._place = place

    def give_back(self) -> None:
        with _lock:
            _kept[self._place].append((time.monotonic(), self.connection))

    def close(self) -> None:
        self.connection.close()


_lock = threading.Lock()
_kept: dict[Place, list[tuple[float, HTTPConnection]]] = defaultdict(list)


def lend(url: str, *, timeout_s: float, allow: Iterable[str]) -> Line:
    """An open connection to the server of `url`. Raises CannotConnect, and what the guard refuses.

    The guard looks when a connection is opened: it asks for the server's addresses, and a kept one has its address.
    """
    parts = urlsplit(url)
    place = Place(parts.scheme, parts.netloc.rpartition("@")[2], tuple(allow))
    connection = _idle(place)
    if connection is None:
        guard(url, allow=allow)
        connection = _opened(place, timeout_s)
    if connection.sock:
        connection.sock.settimeout(timeout_s)
    return Line(connection, place, quote(parts.path or "/", SAFE) + (f"?{parts.query}" if parts.query else ""))


def _idle(place: Place) -> HTTPConnection | None:
    while True:
        with _lock:
            if not _kept[place]:
                return None
            since, connection = _kept[place].pop()
        if time.monotonic() - since < KEPT_S and _is_quiet(connection):
            return connection
        connection.close()


def _is_quiet(connection: HTTPConnection) -> bool:
    """Nothing to read on it: an end of the other side would be."""
    if connection.sock is None:
        return False
    poll = select.poll()
    poll.register(connection.sock, select.POLLIN)
    return not poll.poll(0)


def _opened(place: Place, timeout_s: float) -> HTTPConnection:
    made = (
        WholeTLS(place.host, timeout=timeout_s, context=_trust())
        if place.scheme == "https"
        else Whole(place.host, timeout=timeout_s)
    )
    try:
        made.connect()
    except (OSError, ValueError) as error:  # refused, not found, no certificate that we trust
        made.close()
        raise CannotConnect(type(error).__name__) from error
    return made


@lru_cache(maxsize=1)
def _trust() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
