"""How connections stand, written down: for whoever looks, and for the listener that starts next."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from telemetry_service.listen.models import Connection, ConnectionState
from telemetry_service.listen.shards import Shard
from telemetry_service.providers.models import Provider
from telemetry_service.providers.operations import count_failure, forget_failures, postpone

SOONEST, LONGEST = timedelta(minutes=1), timedelta(hours=1)
MOST_DOUBLINGS = 10


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a connection, and why it is none where it is none."""

    state: ConnectionState
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Opening:
    """`waits`: not to be tried now. `subscribed`: what the broker's session may still be subscribed to."""

    waits: bool
    subscribed: frozenset[str] = frozenset()


def opening(*, provider_id: UUID, version: int, shard: Shard, now: datetime) -> Opening:
    """Whether an account may be connected to. What was refused waits, unless the account changed since."""
    row = Connection.objects.filter(provider_id=provider_id, shard=str(shard)).first()
    if row is None:
        return Opening(waits=False)
    waits = row.retry_at is not None and row.retry_at > now and row.version == version
    return Opening(waits, frozenset(row.filters))


def note(
    *, provider_id: UUID, version: int, shard: Shard, standing: Standing, filters: Collection[str], now: datetime
) -> None:
    """The connection's state, and what the session is subscribed to. A refusal postpones the account."""
    with transaction.atomic():
        row, _ = Connection.objects.select_for_update().get_or_create(
            provider_id=provider_id,
            shard=str(shard),
            defaults={"state": standing.state, "version": version, "since": now, "seen_at": now},
        )
        row.since = now if row.state != standing.state else row.since
        row.state, row.problem, row.version, row.seen_at = standing.state, standing.problem, version, now
        row.filters = sorted(filters)
        _judge(row, now)
        row.save()


def seen(*, provider_ids: Collection[UUID], shard: Shard, now: datetime) -> None:
    """The listener is still there."""
    Connection.objects.filter(provider_id__in=provider_ids, shard=str(shard)).update(seen_at=now)


def closed(*, provider_ids: Collection[UUID], shard: Shard, now: datetime) -> None:
    rows = Connection.objects.filter(provider_id__in=provider_ids, shard=str(shard))
    rows.exclude(state=ConnectionState.CLOSED).update(
        state=ConnectionState.CLOSED, problem="", since=now, seen_at=now, retry_at=None
    )


def _judge(row: Connection, now: datetime) -> None:
    if row.state == ConnectionState.REFUSED:
        row.failures += 1
        row.retry_at = now + min(SOONEST * 2 ** min(row.failures - 1, MOST_DOUBLINGS), LONGEST)
        postpone(provider_id=row.provider_id, until=row.retry_at)
        count_failure(provider_id=row.provider_id)
    elif row.state == ConnectionState.CONNECTED:
        row.failures, row.retry_at = 0, None
        forget_failures(provider_id=row.provider_id)
        Provider.objects.filter(id=row.provider_id).update(last_ok_at=now, postponed_until=None)
