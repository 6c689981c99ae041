"""Sends "look now" beside the work: with the broker of messages away, each try would hold up what is being stored."""

import logging
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

logger = logging.getLogger(__name__)
EVERY_S = 0.5


class Nudger:
    """`send` is called soon after `soon`, and once for many."""

    def __init__(self, send: Callable[[], object]) -> None:
        self._send = send
        self._wanted, self._over = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="nudger", daemon=True)

    def soon(self) -> None:
        self._wanted.set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._wanted.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.is_set():
            self._wanted.wait()
            if self._over.is_set():
                break
            self._wanted.clear()
            try:
                self._send()
            except Exception:
                # The sweep looks by itself, late by a minute at most.
                logger.exception("could not send")
            self._over.wait(EVERY_S)
