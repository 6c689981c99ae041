"""Sealing: facts become entries of the chain. Done twice, or killed in between, it changes nothing."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection, transaction

from compliance_service.ledger import queries
from compliance_service.ledger.canonical import Link, Subject, digest_of, entry_body, instant
from compliance_service.ledger.facts import fact
from compliance_service.ledger.models import LedgerPending
from shared.db.copy import Column, copy_rows

LOCK = 0x6C6564676572  # "ledger"; one chain, so one sealer at a time
BATCH = 2_000
# An answer may be a page of 256 kB, which is twice that as text: a batch of them must fit into memory.
MOST_BATCH_CHARS = 16 * 1024 * 1024
FETCH = 200
MOST_BATCHES = 500
PENDING = """
SELECT id, transaction, work, submission::text, to_jsonb(slot_at) #>> '{}', kind, row::text
  FROM ledger_pending WHERE id > %s ORDER BY id LIMIT %s
"""
COLUMNS = (
    Column("seq", "int8"),
    Column("work_seq", "int8"),
    Column("sealed_at", "timestamptz"),
    Column("digest", "bytea"),
    Column("work", "text"),
    Column("body", "bytea"),
)


class Pending(NamedTuple):
    id: int
    transaction: int
    about: Subject
    kind: str
    row: str


def seal(now: datetime) -> int:
    """Seals what is pending; says how many entries. Zero where another sealer is at work: it takes them too."""
    count = after = 0
    for _ in range(MOST_BATCHES):
        with transaction.atomic():
            taken = _take(after) if _lock(wait=False) else []
            if not taken:
                break
            count += _append(taken, now)
            LedgerPending.objects.filter(id__in=[row.id for row in taken]).delete()
        # The next batch starts behind what was deleted. A transaction that ends late is found by the next look.
        after = taken[-1].id
    return count


def hold_chain() -> None:
    """Nobody seals until this transaction ends."""
    _lock(wait=True)


def _lock(*, wait: bool) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_{'' if wait else 'try_'}advisory_xact_lock(%s)", [LOCK])
        row = cursor.fetchone()
    return wait or bool(row and row[0])


def _take(after: int) -> list[Pending]:
    """The oldest facts, in the order in which they were taken down: what depends on another comes after it."""
    taken: list[Pending] = []
    size = 0
    with connection.chunked_cursor() as cursor:
        cursor.execute(PENDING, [after, BATCH])
        while size < MOST_BATCH_CHARS and (rows := cursor.fetchmany(FETCH)):
            taken += [Pending(row[0], row[1], Subject(*row[2:5]), *row[5:]) for row in rows]
            size += sum(len(row[-1]) for row in rows)
    return taken


def _append(taken: Sequence[Pending], now: datetime) -> int:
    """Says how many entries: one for what a transaction did to a duty."""
    last, sealed_at = queries.head()
    # A clock that went back does not go back here, and a day whose root is made is over.
    at = max(time for time in (now, sealed_at, queries.rooted_until()) if time)
    works = queries.work_heads({row.about.work for row in taken})
    with connection.cursor() as cursor:
        return copy_rows(cursor, "ledger_entry", COLUMNS, _entries(_together(taken), last, works, at))


def _together(taken: Sequence[Pending]) -> Iterator[tuple[Subject, list[dict[str, Any]]]]:
    groups: dict[tuple[int, Subject], list[Pending]] = {}
    for row in taken:
        groups.setdefault((row.transaction, row.about), []).append(row)
    for (_, about), rows in groups.items():
        yield about, [fact(row.kind, json.loads(row.row)) for row in rows]


def _entries(
    found: Iterable[tuple[Subject, list[dict[str, Any]]]], last: Link, works: dict[str, Link], at: datetime
) -> Iterator[tuple[Any, ...]]:
    sealed_at = instant(at)
    for about, facts in found:
        before = works.get(about.work, Link())
        body = entry_body(about, facts, after=last, work_after=before, sealed_at=sealed_at)
        digest = digest_of(body)
        last, works[about.work] = Link(last.seq + 1, digest), Link(before.seq + 1, digest)
        yield last.seq, before.seq + 1, at, digest, about.work, body
