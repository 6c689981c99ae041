"""Dead letters on their way in: the same again is counted, and an account's flood has an end."""

import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import connection
from django.db.models import Count
from psycopg2.extras import execute_values

from shared.db.fields import encrypt
from telemetry_service.listen.models import LONGEST_NAME, DeadLetter, LetterState, Reason
from telemetry_service.listen.store.arrivals import Arrival, Letter
from telemetry_service.providers.engine.results import plain

KEPT = timedelta(days=30)
MOST_OF_DEVICE, MOST_OF_ACCOUNT = 20_000, 100_000
LONGEST_PROBLEM = 500
KEPT_OF_TOO_BIG = 4096
# A device says its unassigned keys with every message: counting them is not worth a write each.
COUNTED_EVERY_S = 60.0
MOST_COUNTED = 10_000
COUNT = 11  # its place in a row

WRITE = """
INSERT INTO listen_dead_letter AS known
       (id, provider_id, digest, topic, shown_topic, device, key, reason, problem, payload, size, count, received_at,
        last_at, state, settled_by)
VALUES %s
    ON CONFLICT (provider_id, digest) DO UPDATE
   SET count = known.count + excluded.count, last_at = greatest(known.last_at, excluded.last_at),
       -- What was stored once and now cannot be has to be seen again; what a person discarded stays so.
       state = CASE known.state WHEN 'stored' THEN 'waiting' ELSE known.state END,
       settled_at = CASE known.state WHEN 'stored' THEN NULL ELSE known.settled_at END,
       settled_by = CASE known.state WHEN 'stored' THEN '' ELSE known.settled_by END
"""


@dataclass(slots=True)
class Counts:
    """What was said again since it was last written down, by this process. A crash loses a count, never a letter."""

    written_at: dict[bytes, float] = field(default_factory=dict)
    more: dict[bytes, int] = field(default_factory=dict)

    def due(self, digest: bytes) -> int:
        """How many times to count it now; 0 where it is too soon."""
        now = time.monotonic()
        if now - self.written_at.get(digest, -COUNTED_EVERY_S) < COUNTED_EVERY_S:
            self.more[digest] = self.more.get(digest, 0) + 1
            return 0
        if len(self.written_at) >= MOST_COUNTED:
            self.written_at.clear()
        self.written_at[digest] = now
        return self.more.pop(digest, 0) + 1


def write_letters(dead: Iterable[tuple[Arrival, Sequence[Letter]]], counts: Counts) -> int:
    """Says how many rows that wrote. To be called inside a transaction."""
    rows: dict[tuple[UUID, bytes], list[Any]] = {}
    for arrival, letters in dead:
        for letter in letters:
            _add(rows, arrival, letter, counts)
    if not rows:
        return 0
    with connection.cursor() as cursor:
        # In one order: two listeners never wait for each other in a ring.
        execute_values(cursor, WRITE, [tuple(rows[place]) for place in sorted(rows)], page_size=200)
    return len(rows)


def _add(rows: dict[tuple[UUID, bytes], list[Any]], arrival: Arrival, letter: Letter, counts: Counts) -> None:
    digest = digest_of(arrival, letter)
    count = counts.due(digest) if letter.key else 1
    if (arrival.provider_id, digest) in rows:
        rows[arrival.provider_id, digest][COUNT] += count
    elif count:
        rows[arrival.provider_id, digest] = _row(arrival, letter, digest, count)


def digest_of(arrival: Arrival, letter: Letter) -> bytes:
    """Of an unassigned key it is the key that counts, of anything else the whole message."""
    whole = b"" if letter.key else arrival.digest
    at = arrival.received_at.isoformat() if letter.is_undated else ""
    said = "\0".join((letter.reason, letter.device, letter.key, at))
    return hashlib.sha256(whole + said.encode()).digest()


def _row(arrival: Arrival, letter: Letter, digest: bytes, count: int) -> list[Any]:
    payload = arrival.payload[:KEPT_OF_TOO_BIG] if letter.reason == Reason.TOO_BIG else arrival.payload
    return [
        uuid4(),
        arrival.provider_id,
        digest,
        encrypt(arrival.topic),
        arrival.shown_topic,
        plain(letter.device, LONGEST_NAME),
        plain(letter.key, LONGEST_NAME),
        letter.reason,
        plain(letter.problem, LONGEST_PROBLEM),
        payload,
        len(arrival.payload),
        count,
        arrival.received_at,
        arrival.received_at,
        LetterState.WAITING,
        "",
    ]


# Of each device and of each account the newest stay; those that are settled go first.
TOO_MANY = """
DELETE FROM listen_dead_letter WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY provider_id, device ORDER BY state <> 'waiting', last_at DESC) AS n,
               row_number() OVER (PARTITION BY provider_id ORDER BY state <> 'waiting', last_at DESC) AS of_account
          FROM listen_dead_letter WHERE provider_id = ANY(%s::uuid[])) ranked
     WHERE n > %s OR of_account > %s)
"""


def drop_old(*, now: datetime) -> int:
    deleted, _ = DeadLetter.objects.filter(received_at__lt=now - KEPT).delete()
    return deleted


def prune() -> int:
    """Takes away what an account or a device has too many of. Says how many that were."""
    counted = DeadLetter.objects.values_list("provider_id", "device").annotate(count=Count("id"))
    crowded = _crowded(counted)
    if not crowded:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(TOO_MANY, [[str(one) for one in crowded], MOST_OF_DEVICE, MOST_OF_ACCOUNT])
        return int(cursor.rowcount)


def _crowded(counted: Iterable[tuple[UUID, str, int]]) -> set[UUID]:
    totals: Counter[UUID] = Counter()
    crowded = set()
    for provider_id, _, count in counted:
        totals[provider_id] += count
        if count > MOST_OF_DEVICE or totals[provider_id] > MOST_OF_ACCOUNT:
            crowded.add(provider_id)
    return crowded
