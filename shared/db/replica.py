"""Reads for people from a read replica, where DATABASE_REPLICA_URL names one.

What decides a write never reads there: a replica is late. Only who says so (`shared.web.replica`) is led to it, and
only where it keeps up and answers.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, InterfaceError, OperationalError, connections

logger = logging.getLogger(__name__)
Read = TypeVar("Read")
REPLICA = "replica"
ASKED_EVERY_S = 5.0
# None: it receives nothing any more, so nobody knows how late it is. What is no replica is never late.
LAG = """
SELECT CASE WHEN NOT pg_is_in_recovery() THEN 0
            WHEN NOT EXISTS (SELECT pid FROM pg_stat_wal_receiver) THEN NULL
            WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN 0
            ELSE extract(epoch FROM now() - pg_last_xact_replay_timestamp())::float8 END
"""
REPLAYED = """
SELECT CASE WHEN pg_is_in_recovery() AND pg_last_wal_receive_lsn() IS DISTINCT FROM pg_last_wal_replay_lsn()
            THEN pg_last_xact_replay_timestamp() END
"""
STATEMENT_TIMEOUT = "57014"
_alias: ContextVar[str] = ContextVar("where reads go", default=DEFAULT_DB_ALIAS)


def reader() -> Any:
    """The connection that reads of this request go to."""
    return connections[_alias.get()]


@contextmanager
def reading_replica() -> Iterator[None]:
    token = _alias.set(REPLICA)
    try:
        yield
    finally:
        _alias.reset(token)


def is_usable() -> bool:
    """Whether there is a replica that is no later than REPLICA_MAX_LAG_S. Asked every few seconds."""
    return REPLICA in connections.settings and _keeps_up(time.monotonic() // ASKED_EVERY_S)


def is_its_fault(error: Exception) -> bool:
    """A query that takes too long would take as long elsewhere; everything else may be the replica's."""
    return getattr(error.__cause__, "pgcode", None) != STATEMENT_TIMEOUT


def read_there(read: Callable[[], Read]) -> Read:
    """What `read` gives from the replica, or from here where the replica fails: then it is put off."""
    try:
        with reading_replica():
            return read()
    except (OperationalError, InterfaceError) as error:
        if not is_its_fault(error):
            raise
        logger.warning("replica put off", extra={"detail": type(error).__name__})
        forget()
        return read()


def complete_until() -> datetime | None:
    """Up to when the replica has everything; None where it lacks nothing that it was sent."""
    return read_there(_replayed_until)


def _replayed_until() -> datetime | None:
    with reader().cursor() as cursor:
        cursor.execute(REPLAYED)
        found: tuple[datetime | None] = cursor.fetchone()
        return found[0]


@lru_cache(maxsize=1)
def _keeps_up(_span: float) -> bool:
    try:
        with connections[REPLICA].cursor() as cursor:
            cursor.execute(LAG)
            (lag,) = cursor.fetchone()
    except (OperationalError, InterfaceError):
        connections[REPLICA].close()
        return False
    return lag is not None and float(lag) <= float(settings.REPLICA_MAX_LAG_S)


def forget() -> None:
    """It did not answer: the next looks at it anew, over a new connection."""
    _keeps_up.cache_clear()
    connections[REPLICA].close()
