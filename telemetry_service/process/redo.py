"""A replay of a point over any window, piece by piece, and doing what it shows."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from shared.errors import Conflict
from telemetry_service.process.anew import INSTANT
from telemetry_service.process.checkpoints import Checkpoint
from telemetry_service.process.operations import process_point
from telemetry_service.process.replay import MOST, Replay, replay
from telemetry_service.process.resume import Supposed
from telemetry_service.raw.operations import claim_backlog, request_all


def replays(*, point_id: UUID, start: datetime, end: datetime, supposed: Supposed | None = None) -> Iterator[Replay]:
    """By time, each of as much as fits in memory. Writes nothing."""
    reached: Checkpoint | None = None
    while start < end:
        until = min(end, start + MOST)
        found = replay(point_id=point_id, start=start, end=until, supposed=supposed, reached=reached)
        yield found
        reached = found.reached or reached
        start = until


def redo(*, point_id: UUID, start: datetime, end: datetime, now: datetime) -> int:
    """Makes anew what the point has of `start <= time < end`, and later what depends on it. In one transaction.

    Says how many measurements are new, changed or gone. Raises Conflict where a worker is at the point.
    """
    request_all({point_id: start}, now=now, to_times={point_id: end - INSTANT})
    claimed = claim_backlog(now=now, limit=1, point_id=point_id)
    if not claimed:
        raise Conflict("Otro proceso está rehaciendo este punto; intente de nuevo en un minuto.")
    return process_point(claimed[0], now=now)
