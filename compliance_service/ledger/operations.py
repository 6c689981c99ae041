"""Sealing: facts become entries of the chain. Done twice, or killed in between, it changes nothing."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from django.db import connection, transaction

from compliance_service.ledger import queries
from compliance_service.ledger.canonical import Link, Subject, digest_of, entry_body, instant
from compliance_service.ledger.facts import fact
from compliance_service.ledger.models import LedgerTerms
from compliance_service.ledger.subjects import subjects_of
from shared.db.copy import Column, copy_rows
from shared.db.unnest import listed

LOCK = 0x6C6564676572  # "ledger"; one chain, so one sealer at a time
BATCH = 2_000
# An answer may be a page of 256 kB, which is twice that as text: a batch of them must fit into memory.
MOST_BATCH_CHARS = 16 * 1024 * 1024
FETCH = 200
MOST_BATCHES = 500
PENDING = "SELECT id, transaction, kind, row FROM ledger_pending WHERE id > %s ORDER BY id LIMIT %s"
SEALED = "DELETE FROM ledger_pending WHERE id = ANY(%s::bigint[])"
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
    kind: str
    row: str


class Group(NamedTuple):
    """What one transaction did to one duty: an entry to be."""

    about: Subject
    facts: list[dict[str, Any]]

    def tells(self, kind: str) -> bool:
        return any(said["kind"] == kind for said in self.facts)


def seal(now: datetime) -> int:
    """Seals what is pending; says how many entries. Zero where another sealer is at work: it takes them too."""
    count = after = 0
    for _ in range(MOST_BATCHES):
        with transaction.atomic():
            taken = _take(after) if _lock(wait=False) else []
            if not taken:
                break
            count += _append(taken, now)
            _drop(taken)
        # The next batch starts behind this one, which is deleted. What commits late is found by the next look.
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
            taken += [Pending(*row) for row in rows]
            size += sum(len(row[-1]) for row in rows)
    return _whole(taken) if size >= MOST_BATCH_CHARS or len(taken) == BATCH else taken


def _whole(taken: list[Pending]) -> list[Pending]:
    """Without the facts of the last transaction, of which there may be more: they are the next batch's, together."""
    cut = next(place for place, row in enumerate(taken) if row.transaction == taken[-1].transaction)
    return taken[:cut] or taken


def _drop(taken: Sequence[Pending]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(SEALED, [listed(row.id for row in taken)])


def _append(taken: Sequence[Pending], now: datetime) -> int:
    """Says how many entries."""
    last, sealed_at = queries.head()
    # A clock that went back does not go back here, and a day whose root is made is over.
    at = max(time for time in (now, sealed_at, queries.rooted_until()) if time)
    chain = _Chain(last, at, groups := _grouped(taken))
    with connection.cursor() as cursor:
        count = copy_rows(cursor, "ledger_entry", COLUMNS, map(chain.link, groups))
    new = [LedgerTerms(work=work, seq=seq) for work, seq in chain.new_terms.items()]
    LedgerTerms.objects.bulk_create(new, update_conflicts=True, unique_fields=["work"], update_fields=["seq"])
    return count


def _grouped(taken: Sequence[Pending]) -> list[Group]:
    rows = [msgspec.json.decode(row.row) for row in taken]
    groups: dict[tuple[int, Subject], Group] = {}
    for row, said, about in zip(taken, rows, subjects_of(rows), strict=True):
        groups.setdefault((row.transaction, about), Group(about, [])).facts.append(fact(row.kind, said))
    return list(groups.values())


class _Chain:
    """Where the chains end, and which entries hold the terms in force, while entries are linked."""

    def __init__(self, last: Link, at: datetime, groups: Iterable[Group]) -> None:
        works = {group.about.work for group in groups}
        self.last, self.at, self.sealed_at = last, at, instant(at)
        self.works = queries.work_heads(works)
        self.terms = queries.terms(works | {group.about.source for group in groups})
        self.new_terms: dict[str, int] = {}

    def link(self, group: Group) -> tuple[Any, ...]:
        """The row of an entry, in the order of COLUMNS."""
        about, before = group.about, self.works.get(group.about.work, Link())
        if group.tells("config") or group.tells("source"):
            self.terms[about.work] = self.new_terms[about.work] = self.last.seq + 1
        named = {"config": about.work if about.work != about.source else "", "source": about.source}
        terms = {name: self.terms[work] for name, work in named.items() if work in self.terms}
        body = entry_body(about, group.facts, after=self.last, work_after=before, sealed_at=self.sealed_at, terms=terms)
        digest = digest_of(body)
        self.last, self.works[about.work] = Link(self.last.seq + 1, digest), Link(before.seq + 1, digest)
        return self.last.seq, before.seq + 1, self.at, digest, about.work, body
