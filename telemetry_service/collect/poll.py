"""Polls the sources that are due: claim, ask outside of any transaction, store what many polls gave in one."""

import atexit
import os
import threading
from datetime import datetime

from django.conf import settings

from telemetry_service.collect.asking import Clock
from telemetry_service.collect.collector import Collector

_lock = threading.Lock()
_collector: Collector | None = None


def collect_due(now: datetime, *, clock: Clock | None = None) -> int:
    """Polls every source that is due; says how many polls that were.

    With a `clock` that goes on, what falls due meanwhile is polled too, as long as a round lasts. A second call while
    a round is under way in this process has nothing to do. Two processes share the accounts between them.
    """
    return _the_collector().round(clock or (lambda: now))


def close_collector() -> None:
    """Closes this process's connections; the next round opens them anew."""
    global _collector
    with _lock:
        if _collector is not None:
            _collector.close()
        _collector = None


def _the_collector() -> Collector:
    global _collector
    with _lock:
        if _collector is None:
            _collector = Collector(concurrency=settings.COLLECT_CONCURRENCY)
        return _collector


def _forget() -> None:
    """A forked child has neither its parent's thread nor its connections: it opens its own."""
    global _collector, _lock
    _collector, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget)
atexit.register(close_collector)
