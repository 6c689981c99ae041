"""How connections stand, written down: for whoever looks, and for the listener that starts next."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from telemetry_service.listen.connections.shards import Shard
from telemetry_service.listen.models import Connection, ConnectionState
from telemetry_service.providers.models import Provider, ProviderType
from telemetry_service.providers.operations import move_circuit
from telemetry_service.sources.models import Source, State

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
    """The connection's state, and what the session is subscribed to. A refusal postpones a broker's account."""
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


def ask_for_what_was_missed(*, provider_id: UUID, now: datetime) -> int:
    """The account's sources are due: it is heard again, and its history has what came meanwhile."""
    later = Q(next_poll_at=None) | Q(next_poll_at__gt=now)
    return Source.objects.filter(later, provider_id=provider_id, state=State.ACTIVE).update(next_poll_at=now)


def _judge(row: Connection, now: datetime) -> None:
    if row.state in {ConnectionState.REFUSED, ConnectionState.WRONG}:
        row.failures += 1
        row.retry_at = now + min(SOONEST * 2 ** min(row.failures - 1, MOST_DOUBLINGS), LONGEST)
    elif row.state == ConnectionState.CONNECTED:
        row.failures, row.retry_at = 0, None
    else:
        return
    _move_account(row, now)


def _move_account(row: Connection, now: datetime) -> None:
    """Of a broker. An account that is polled too has a circuit that the collector moves, by the same credentials."""
    provider = Provider.objects.filter(id=row.provider_id, type=ProviderType.MQTT).first()
    if provider is None or row.state == ConnectionState.WRONG:
        return
    stands = row.state == ConnectionState.CONNECTED
    move_circuit(
        provider_id=provider.id,
        before=(provider.failures, provider.postponed_until),
        after=(0, None) if stands else (provider.failures + 1, row.retry_at),
        ok_at=now if stands else None,
    )
