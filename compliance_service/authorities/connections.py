"""Connections to regulators, kept between requests. One that the other side closed meanwhile is never written to."""

import select
import ssl
import threading
import time
from collections import defaultdict
from functools import lru_cache
from http.client import HTTPConnection, HTTPSConnection
from urllib.parse import quote, urlsplit

import httpx

# Kept no longer than servers usually do: bytes that meet a closing connection are a doubt, and cost a day.
KEPT_S = 4.0
# What of an address goes into a request line as it is.
SAFE = "/%:@!$&'()*+,;=-._~?"


class CannotConnect(Exception):
    """No byte left. The message is the kind of the error."""


class Line:
    """A connection that its borrower alone uses. It is given back once an answer was read to its end, else closed."""

    def __init__(self, connection: HTTPConnection, place: tuple[str, str], target: str) -> None:
        self.connection, self.target = connection, target
        self._place = place

    def give_back(self) -> None:
        with _lock:
            _kept[self._place].append((time.monotonic(), self.connection))

    def close(self) -> None:
        self.connection.close()


_lock = threading.Lock()
_kept: dict[tuple[str, str], list[tuple[float, HTTPConnection]]] = defaultdict(list)


def lend(url: str, *, timeout_s: float) -> Line:
    """An open connection to the server of `url`. Raises CannotConnect."""
    parts = urlsplit(url)
    place = parts.scheme, parts.netloc.rpartition("@")[2]
    connection = _idle(place) or _opened(place, timeout_s)
    if connection.sock:
        connection.sock.settimeout(timeout_s)
    return Line(connection, place, quote(parts.path or "/", SAFE) + (f"?{parts.query}" if parts.query else ""))


def _idle(place: tuple[str, str]) -> HTTPConnection | None:
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


def _opened(place: tuple[str, str], timeout_s: float) -> HTTPConnection:
    scheme, host = place
    made = (
        HTTPSConnection(host, timeout=timeout_s, context=_trust())
        if scheme == "https"
        else HTTPConnection(host, timeout=timeout_s)
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
