"""Who polls what: a lease that two workers cannot both take."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection
from psycopg2.extras import execute_values

from telemetry_service.sources.models import Source

# Longer than any poll takes; what a dead worker held comes back after it, if nobody took its account before.
LEASE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Waiting:
    """An account with a source that is due. `failures` and `postponed_until` are its circuit."""

    provider_id: UUID
    version: int
    failures: int
    postponed_until: datetime | None


WAITING = """
SELECT provider.id, provider.version, provider.failures, provider.postponed_until
  FROM provider
 CROSS JOIN LATERAL (
       SELECT source.next_poll_at FROM source JOIN point ON point.id = source.point_id
        WHERE source.provider_id = provider.id AND source.state = 'active' AND source.next_poll_at <= %(now)s
          AND NOT point.deleted
        ORDER BY source.next_poll_at LIMIT 1) first
 WHERE provider.is_active AND (provider.postponed_until IS NULL OR provider.postponed_until <= %(now)s)
 ORDER BY first.next_poll_at
"""
# Materialised: a planner that ran the inner query once more for each source would find the rows that it has just taken
# changed by itself, go past them, and take more than there is room for.
CLAIM = """
  WITH taken AS MATERIALIZED (
       SELECT held.id FROM unnest(%(accounts)s::uuid[], %(places)s::integer[]) AS account (id, places)
        CROSS JOIN LATERAL (
              SELECT due.id FROM source due
               WHERE due.provider_id = account.id AND due.state = 'active' AND due.next_poll_at <= %(now)s
                 AND (due.leased_until IS NULL OR due.leased_until <= %(now)s)
                 AND EXISTS (SELECT FROM point WHERE point.id = due.point_id AND NOT point.deleted)
               ORDER BY due.next_poll_at LIMIT account.places
                 FOR UPDATE OF due SKIP LOCKED) held)
UPDATE source SET leased_until = %(until)s FROM taken WHERE source.id = taken.id
RETURNING source.*
"""
GIVE_BACK = """
UPDATE source SET leased_until = NULL
  FROM (VALUES %s) AS held (id, leased_until)
 WHERE source.id = held.id AND source.leased_until = held.leased_until
"""


# GREATEST passes over NULL; who is never asked has no time at all.
NEXT_DUE = """
SELECT min(greatest(source.next_poll_at, source.leased_until, provider.postponed_until))
  FROM source JOIN provider ON provider.id = source.provider_id JOIN point ON point.id = source.point_id
 WHERE source.state = 'active' AND source.next_poll_at IS NOT NULL AND provider.is_active AND NOT point.deleted
"""


def waiting_accounts(*, now: datetime) -> list[Waiting]:
    """The accounts that may be asked and have something due, leased or not; who waited longest comes first."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, {"now": now})
        return [Waiting(*row) for row in cursor.fetchall()]


def claim_due(*, now: datetime, places: Mapping[UUID, int]) -> list[Source]:
    """Takes up to so many sources of each account that are due, those that waited longest first."""
    if not places:
        return []
    said = {"now": now, "until": now + LEASE, "accounts": [str(one) for one in places], "places": [*places.values()]}
    return sorted(Source.objects.raw(CLAIM, said), key=lambda source: (source.next_poll_at, source.id))


def give_back(sources: Collection[Source]) -> None:
    """They stay due and are free again."""
    with connection.cursor() as cursor:
        execute_values(
            cursor,
            GIVE_BACK,
            [(source.id, source.leased_until) for source in sources],
            template="(%s::uuid, %s::timestamptz)",
            page_size=1000,
        )


def free_orphans(*, accounts: Collection[UUID], in_hand: Collection[UUID]) -> int:
    """Frees what a process that is no more had leased of `accounts`, which are ours now."""
    leased = Source.objects.filter(provider_id__in=accounts, leased_until__isnull=False)
    return leased.exclude(id__in=in_hand).update(leased_until=None)


def put_aside(*, source: Source, now: datetime) -> None:
    """What it said cannot be stored: it comes again after a while, and holds up nobody meanwhile."""
    held = Source.objects.filter(id=source.id, leased_until=source.leased_until)
    held.update(leased_until=None, next_poll_at=now + LEASE)


def next_due_at() -> datetime | None:
    """When the next source can be asked: due, its account not postponed, nobody at it."""
    with connection.cursor() as cursor:
        cursor.execute(NEXT_DUE)
        found: datetime | None = cursor.fetchone()[0]
    return found
