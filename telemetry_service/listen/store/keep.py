"""Keeps what messages say, many at once: rows, dead letters and what is left to process in one transaction.

Whoever calls acknowledges the messages after it. A crash before that has them sent again, and the store knows them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from psycopg2.errors import CheckViolation
from psycopg2.extras import Json, execute_values

from telemetry_service.listen.store.arrivals import Arrival, Fate
from telemetry_service.listen.store.letters import Counts, write_letters
from telemetry_service.listen.store.place import Batch
from telemetry_service.listen.store.prepare import Memory, Prepared, Rows, prepare
from telemetry_service.providers.decoders.message import Command
from telemetry_service.raw.operations import request_all
from telemetry_service.raw.partitions import make_partitions
from telemetry_service.raw.store import Stored, Verdict, store

# A source is not asked again on every message.
ASKED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Kept:
    """A fate for each message, in their order, and what to publish now. `is_news`: something waits to be processed."""

    fates: list[Fate]
    commands: list[tuple[UUID, Command]]
    is_news: bool


@dataclass(slots=True)
class Keeper:
    """Of one thread. `rows`: the accounts' rows, as they are now."""

    rows: Callable[[], Rows]
    _counts: Counts = field(default_factory=Counts)
    _memories: dict[UUID, Memory] = field(default_factory=dict)

    def keep(self, arrivals: Sequence[Arrival], *, now: datetime) -> Kept:
        """All or nothing. `now` is when processing is asked for; what was received keeps its own time."""
        try:
            prepared = prepare(arrivals, self.rows(), self._memories, now=now)
            received_at = max(one.received_at for one in arrivals)
            stored = write(prepared, received_at=received_at, now=now, counts=self._counts)
        except BaseException:
            self._memories.clear()
            raise
        self._memories |= prepared.memories
        return Kept(prepared.fates, prepared.commands, bool(stored.first_at))

    def forget(self, provider_id: UUID) -> None:
        """What its nodes said is read again."""
        self._memories.pop(provider_id, None)


def write(prepared: Prepared, *, received_at: datetime, now: datetime, counts: Counts | None) -> Stored:
    """`counts` None: what is dead is not written down, as it is there already, and no node's memory moves on."""
    try:
        return _write(prepared, received_at, now, counts)
    except (IntegrityError, CheckViolation) as error:  # the second where COPY found it: Django does not wrap that
        times = [row.device_time for row in prepared.batch.rows]
        # A month that has no partition yet: rare, so it costs the usual batch nothing to find out this way.
        is_month = isinstance(error, CheckViolation) or isinstance(error.__cause__, CheckViolation)
        if not is_month:
            raise
        make_partitions(device_times=times, received_at=received_at)  # none where another listener was first
        return _write(prepared, received_at, now, counts)


def _write(prepared: Prepared, received_at: datetime, now: datetime, counts: Counts | None) -> Stored:
    batch = prepared.batch
    with transaction.atomic():
        stored = store(rows=batch.rows, answers=batch.answers, received_at=received_at)
        request_all(_points(batch, stored), now=now, to_times=_newest(batch, stored))
        _move_on(batch, now)
        if counts is not None:
            fates = zip(prepared.arrivals, prepared.fates, strict=True)
            write_letters(((one, fate.letters) for one, fate in fates if fate.letters), counts)
            _remember(prepared)
    _count(batch, stored)
    return stored


def _points(batch: Batch, stored: Stored) -> dict[UUID, datetime]:
    """From when on each point has news."""
    found: dict[UUID, datetime] = {}
    for source_id, at in stored.first_at.items():
        point_id = batch.points[source_id]
        found[point_id] = min(at, found.get(point_id, at))
    return found


def _newest(batch: Batch, stored: Stored) -> dict[UUID, datetime]:
    """Until when each point has news."""
    found: dict[UUID, datetime] = {}
    for row, verdict in zip(batch.rows, stored.verdicts, strict=True):
        if verdict is Verdict.STORED:
            point_id = batch.points[row.source_id]
            found[point_id] = max(row.device_time, found.get(point_id, row.device_time))
    return found


def _count(batch: Batch, stored: Stored) -> None:
    for fate, verdict in zip(batch.fates, stored.verdicts, strict=True):
        fate.stored += verdict is Verdict.STORED
        fate.duplicates += verdict is Verdict.DUPLICATE
        fate.conflicts += verdict is Verdict.CONFLICT


NEWEST = """
UPDATE source SET newest_at = said.at FROM (VALUES %s) AS said (id, at)
 WHERE source.id = said.id AND (source.newest_at IS NULL OR source.newest_at < said.at)
"""
HEARD = """
UPDATE listen_device device SET heard_at = said.at FROM (VALUES %s) AS said (id, at)
 WHERE device.id = said.id AND (device.heard_at IS NULL OR device.heard_at <= said.at - interval '1 minute')
"""
STATUS = """
UPDATE listen_device device SET is_online = said.is_online, status_at = said.at
  FROM (VALUES %s) AS said (id, is_online, at)
 WHERE device.id = said.id AND (device.status_at IS NULL OR device.status_at <= said.at)
"""
HINT = """
UPDATE source SET next_poll_at = %s
 WHERE id = ANY(%s::uuid[]) AND next_poll_at > %s AND (last_polled_at IS NULL OR last_polled_at <= %s)
"""
UNDATED = """
INSERT INTO listen_undated AS known (provider_id, digest, received_at) VALUES %s
    ON CONFLICT (provider_id, digest) DO UPDATE SET received_at = excluded.received_at
 WHERE known.received_at < excluded.received_at
"""
MEMORY = """
INSERT INTO listen_node_memory (provider_id, node, memory) VALUES %s
    ON CONFLICT (provider_id, node) DO UPDATE SET memory = excluded.memory
"""


def _move_on(batch: Batch, now: datetime) -> None:
    """What sources and devices show of it, each in one statement and in one order."""
    newest: dict[UUID, datetime] = {}
    for row in batch.rows:
        newest[row.source_id] = max(row.device_time, newest.get(row.source_id, row.device_time))
    _run(NEWEST, sorted(newest.items()), "(%s::uuid, %s::timestamptz)")
    _run(HEARD, sorted(batch.devices.items()), "(%s::uuid, %s::timestamptz)")
    _run(
        STATUS, sorted((one, *said) for one, said in batch.statuses.items()), "(%s::uuid, %s::boolean, %s::timestamptz)"
    )
    if batch.hints:
        with connection.cursor() as cursor:
            cursor.execute(HINT, [now, [str(one) for one in sorted(batch.hints)], now, now - ASKED_EVERY])


def _remember(prepared: Prepared) -> None:
    undated = {(one.provider_id, one.digest): at for one, at in prepared.batch.undated.items()}
    _run(UNDATED, sorted((*place, at) for place, at in undated.items()), "(%s::uuid, %s, %s::timestamptz)")
    changed = [(*place, Json(memory)) for place, memory in sorted(prepared.changed.items())]
    _run(MEMORY, changed, "(%s::uuid, %s, %s)")


def _run(statement: str, values: Sequence[Any], template: str) -> None:
    if values:
        with connection.cursor() as cursor:
            execute_values(cursor, statement, values, template=template, page_size=1000)
