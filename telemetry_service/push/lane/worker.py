"""gunicorn's worker with threads, whose loop reads small pushes itself and gives them to one keeper.

A thread for each push costs more than the push does: it is woken, fights for the interpreter, waits for the one that
keeps, is woken again. What is no small push goes to the threads as ever, with what was read of it.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from selectors import EVENT_READ
from typing import Any

from gunicorn import util
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, ThreadWorker

from telemetry_service.push.lane.connection import Connection
from telemetry_service.push.lane.head import Else, Found, look
from telemetry_service.push.lane.keeper import Keeper, Sent, Waiting
from telemetry_service.push.lane.said import Came
from telemetry_service.push.lane.share import Share

SHARE = Share()  # this module is loaded before the workers are forked
AT_ONCE = 65_536  # bytes
LATE = b"HTTP/1.1 408 Request Timeout\r\nServer: gunicorn\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class LaneWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn ships no types
    """Of an application that is no `TakesTogether` it is gunicorn's own.

    A connection is looked after by the loop (it is in `_open`), or by a thread. Whose push is being kept stays with the
    loop, which does not read on until it is answered.
    """

    alive: bool

    def __init__(self, *said: Any, **more: Any) -> None:
        super().__init__(*said, **more)
        self._open: dict[Connection, float] = {}  # until when it is waited for; in this order
        self._round: list[Waiting] = []
        self._keeper: Keeper | None = None

    def run(self) -> None:
        if hasattr(self.wsgi, "together") and _is_usual(self.cfg):
            self._keeper = Keeper(self.wsgi, partial(self.method_queue.defer, self._after))
            self._keeper.start()
        SHARE.say(self.age, self.pid, 0)
        try:
            super().run()
        finally:
            SHARE.forget(self.age)

    def accept(self, listener: Any) -> None:
        if self._keeper is None:
            super().accept(listener)
            return
        SHARE.yield_to_emptier(self.pid, self.nr_conns)
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        self._read_on(Connection(self.cfg, client, address, listener.getsockname()))

    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        super().wait_for_and_dispatch_events(timeout)
        if self.alive:
            SHARE.say(self.age, self.pid, self.nr_conns)
        else:
            SHARE.forget(self.age)
        if self._round and self._keeper is not None:
            self._keeper.take(self._round)
            self._round = []

    def _read_on(self, connection: Connection) -> None:
        connection.sock.setblocking(False)
        connection.is_paused = False
        self._renew(connection)
        self.poller.register(connection.sock, EVENT_READ, partial(self._on_readable, connection))

    def _renew(self, connection: Connection) -> None:
        self._open.pop(connection, None)
        wait_s = self.cfg.keepalive if self.alive else min(self.cfg.keepalive, STOP_KEEPALIVE_LINGER)
        self._open[connection] = time.monotonic() + wait_s

    def _on_readable(self, connection: Connection, sock: Any) -> None:
        if connection.is_paused:  # since this round began
            return
        if connection.is_busy:  # the next request before the answer to this one, or the client is gone
            self.poller.unregister(sock)
            connection.is_paused = True
            return
        try:
            came = sock.recv(AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            came = b""
        if not came:
            self._close(connection)
            return
        if not connection.data:
            connection.since = time.monotonic()
        connection.data += came
        if len(connection.data) >= connection.needs:
            self._look(connection)

    def _look(self, connection: Connection) -> None:
        found = look(connection.data)
        if isinstance(found, Found) and self.wsgi.takes(found.meta):
            if found.ends <= len(connection.data):
                self._queue(connection, found)
                return
            connection.needs = found.ends
        elif found is not Else.MORE:
            self._to_threads(connection)
            return
        if self._open[connection] < connection.since + self.cfg.keepalive:
            self._renew(connection)

    def _queue(self, connection: Connection, found: Found) -> None:
        came = Came(found.meta, connection.data[found.begins : found.ends], connection.since)
        connection.data, connection.needs, connection.is_busy = connection.data[found.ends :], 0, True
        self.nr += 1
        if self.nr >= self.max_requests and self.alive:
            self.log.info("Autorestarting worker after current request.")
            self.alive = False
        closes = found.is_last or not self.alive or not self.cfg.keepalive or len(self._open) > self.max_keepalived
        self._round.append(Waiting(connection, came, closes))

    def _to_threads(self, connection: Connection) -> None:
        self._let_go(connection)
        connection.init()
        connection.parser.unreader.unread(connection.data)
        connection.data, connection.needs = b"", 0
        self.enqueue_req(connection)

    def finish_request(self, connection: Any, future: Any) -> None:
        """A connection that goes on after a thread had it comes back to the loop."""
        super().finish_request(connection, future)
        if self._keeper is not None and self.keepalived_conns and self.keepalived_conns[-1] is connection:
            self.keepalived_conns.pop()
            self.poller.unregister(connection.sock)
            self._read_on(connection)

    def _after(self, lot: Sequence[Sent]) -> None:
        for one in lot:
            if one.rest or one.is_over:
                self._let_go(one.connection)
                self.tpool.submit(self._send, one)
            elif one.connection in self._open and not one.connection.is_busy:
                self._go_on(one.connection)

    def _send(self, one: Sent) -> None:
        """What the client did not take at once, or nothing more. On a thread."""
        is_over = one.is_over
        try:
            one.connection.sock.setblocking(True)
            one.connection.sock.sendall(one.rest)
        except OSError:
            is_over = True
        if is_over:
            one.connection.close(graceful=True)
        self.method_queue.defer(self._back, one.connection, is_over)

    def _back(self, connection: Connection, is_over: bool) -> None:
        if is_over:
            self.nr_conns -= 1
            return
        connection.is_busy = False
        self._read_on(connection)
        self._go_on(connection)

    def _go_on(self, connection: Connection) -> None:
        self._renew(connection)
        if connection.is_paused:
            self._read_on(connection)
        if connection.data:
            connection.since = time.monotonic()
            self._look(connection)

    def _let_go(self, connection: Connection) -> None:
        self._open.pop(connection, None)
        if not connection.is_paused:
            self.poller.unregister(connection.sock)
            connection.is_paused = True

    def _close(self, connection: Connection) -> None:
        self._let_go(connection)
        self.nr_conns -= 1
        util.close(connection.sock)

    def murder_keepalived(self, force: bool = False) -> None:
        super().murder_keepalived(force=force)
        for connection in list(self._over(time.monotonic(), force)):
            if connection.data and not force:
                _say(connection, LATE)
            self._close(connection)

    def _over(self, now: float, force: bool) -> Iterator[Connection]:
        """In the order of their ends, but for a worker that stops: see `_cap_keepalive`."""
        for connection, until in self._open.items():
            if until > now and self.alive:
                break
            if not connection.is_busy and (force or until <= now):
                yield connection

    def _cap_keepalive(self, deadline: float) -> None:
        """Of what began to come the rest is waited for as ever."""
        super()._cap_keepalive(deadline)
        for connection, until in self._open.items():
            if not connection.data:
                self._open[connection] = min(until, deadline)


def _is_usual(cfg: Any) -> bool:
    """With what this worker does not do itself all goes to the threads."""
    is_http = not cfg.is_ssl and cfg.protocol == "http" and cfg.proxy_protocol == "off"
    return is_http and cfg.http_protocols == ["h1"] and not cfg.accesslog


def _say(connection: Connection, text: bytes) -> None:
    with suppress(OSError):
        connection.sock.send(text)
