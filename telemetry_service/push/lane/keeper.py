"""One thread that answers pushes, all those that wait at once: two threads hand over a lot, not each push."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from email.utils import format_datetime
from queue import Empty, SimpleQueue
from typing import NamedTuple

from shared import clock
from telemetry_service.push.lane.connection import Connection
from telemetry_service.push.lane.said import Answer, Came, TakesTogether

logger = logging.getLogger(__name__)
MOST_PUSHES = 200
MOST_BYTES = 2 * 1024 * 1024  # of the bodies of a lot: some 20,000 rows


class Waiting(NamedTuple):
    """`closes`: its answer is the last one on its connection."""

    connection: Connection
    came: Came
    closes: bool


class Sent(NamedTuple):
    """`rest`: what the client did not take at once. `is_over`: the connection is to be closed."""

    connection: Connection
    rest: bytes
    is_over: bool


class Keeper:
    """`done` is told of each lot when its answers are sent, on the keeper's thread."""

    def __init__(self, door: TakesTogether, done: Callable[[Sequence[Sent]], None]) -> None:
        self._door, self._done = door, done
        self._came: SimpleQueue[Sequence[Waiting]] = SimpleQueue()
        self._waiting: deque[Waiting] = deque()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def take(self, pushes: Sequence[Waiting]) -> None:
        self._came.put(pushes)

    def _run(self) -> None:
        while True:
            self._wait()
            self._done(self._answered(list(self._lot())))

    def _answered(self, lot: Sequence[Waiting]) -> list[Sent]:
        try:
            answers = self._door.together([one.came for one in lot])
        except Exception:
            logger.exception("pushes not answered", extra={"pushes": len(lot)})
            return [Sent(one.connection, b"", is_over=True) for one in lot]
        date = format_datetime(clock.now(), usegmt=True)
        return [_sent(one, answer, date) for one, answer in zip(lot, answers, strict=True)]

    def _wait(self) -> None:
        """Until there is something, and then for nothing more."""
        if not self._waiting:
            self._waiting.extend(self._came.get())
        try:
            while True:
                self._waiting.extend(self._came.get_nowait())
        except Empty:
            pass

    def _lot(self) -> Iterator[Waiting]:
        room = MOST_BYTES
        for _ in range(MOST_PUSHES):
            if not self._waiting or len(self._waiting[0].came.body) > room:
                break
            one = self._waiting.popleft()
            room -= len(one.came.body)
            yield one


def _sent(one: Waiting, answer: Answer, date: str) -> Sent:
    data = written(answer, date=date, closes=one.closes)
    try:
        rest = data[one.connection.sock.send(data) :]
    except BlockingIOError:
        rest = data
    except OSError:  # the client is gone
        return Sent(one.connection, b"", is_over=True)
    if not rest and not one.closes:
        one.connection.is_busy = False  # from here on the loop may read its next request
    return Sent(one.connection, rest, one.closes)


def written(answer: Answer, *, date: str, closes: bool) -> bytes:
    """As gunicorn writes it."""
    first = f"HTTP/1.1 {answer.status}\r\nServer: gunicorn\r\nDate: {date}\r\n"
    last = f"Connection: {'close' if closes else 'keep-alive'}\r\n\r\n"
    head = "".join((first, *(f"{name}: {value}\r\n" for name, value in answer.headers), last))
    return head.encode("latin-1") + answer.content
