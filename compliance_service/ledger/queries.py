"""Reads of the ledger: where chains end, and entries in their order."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet

from compliance_service.ledger.canonical import Link
from compliance_service.ledger.models import LedgerEntry, LedgerRoot, LedgerTerms
from compliance_service.obligations.models import ComplianceConfig
from shared.clock import REGULATOR_TIME

PAGE = 1_000
DAY = timedelta(days=1)
HEAD = "SELECT seq, digest, sealed_at FROM ledger_entry ORDER BY seq DESC LIMIT 1"
WORK_HEADS = """
SELECT wanted.work, entry.work_seq, entry.digest
  FROM unnest(%s::text[]) wanted(work)
 CROSS JOIN LATERAL (SELECT work_seq, digest FROM ledger_entry
                      WHERE work = wanted.work ORDER BY work_seq DESC LIMIT 1) entry
"""
WORKS_BETWEEN = """
SELECT work, min(work_seq), max(work_seq), (array_agg(digest ORDER BY work_seq DESC))[1]
  FROM ledger_entry WHERE seq BETWEEN %s AND %s GROUP BY work ORDER BY work
"""


class Slice(NamedTuple):
    """A part of a chain, `last` before `first` where it is empty. `work` is empty for the chain of all."""

    work: str
    first: int
    last: int


class Sealed(NamedTuple):
    """An entry as it is kept. `number` is its place in the chain that was asked for."""

    number: int
    digest: bytes
    body: bytes


def head() -> tuple[Link, datetime | None]:
    """The last entry of the chain of all, and when it was sealed."""
    with connection.cursor() as cursor:
        cursor.execute(HEAD)
        row = cursor.fetchone()
    return (Link(row[0], bytes(row[1])), row[2]) if row else (Link(), None)


def work_heads(works: Iterable[str]) -> dict[str, Link]:
    """The last entry of each work that has any."""
    with connection.cursor() as cursor:
        cursor.execute(WORK_HEADS, [list(works)])
        return {work: Link(seq, bytes(digest)) for work, seq, digest in cursor.fetchall()}


def terms(works: Iterable[str]) -> dict[str, int]:
    """Which entries hold the terms in force of these works and sources."""
    return dict(LedgerTerms.objects.filter(work__in=list(works)).values_list("work", "seq"))


def works_between(first: int, last: int) -> list[tuple[Slice, Link]]:
    """What entries `first` to `last` of the chain of all are of each work, and the last of them."""
    with connection.cursor() as cursor:
        cursor.execute(WORKS_BETWEEN, [first, last])
        return [(Slice(work, low, high), Link(high, bytes(head))) for work, low, high, head in cursor.fetchall()]


def rooted_until() -> datetime | None:
    """The end of the last day that has a root."""
    day = _last_rooted()
    return day_end(day) if day else None


def next_root_day() -> date | None:
    """The day after the last root, or that of the first entry; None where there is no entry."""
    day = _last_rooted()
    if day:
        return day + DAY
    first = LedgerEntry.objects.filter(seq=1).values_list("sealed_at", flat=True).first()
    return first.astimezone(REGULATOR_TIME).date() if first else None


def _last_rooted() -> date | None:
    return LedgerRoot.objects.filter(work="").order_by("-day").values_list("day", flat=True).first()


def day_end(day: date) -> datetime:
    return datetime.combine(day, time(), REGULATOR_TIME) + DAY


def slice_of(work: str, *, start: date | None = None, end: date | None = None) -> Slice:
    """What was sealed in the chain of `work` from the day `start` to the day `end`, both included."""
    before = _sealed_before(work, day_end(start) - DAY) if start else 0
    last = _sealed_before(work, day_end(end)) if end else _last(work)
    return Slice(work, before + 1, max(before, last))


def entries(part: Slice) -> Iterator[Sealed]:
    """The entries of `part` in order, read a thousand at a time."""
    reached = part.first - 1
    while reached < part.last:
        page = _chain(part.work).filter(number__gt=reached, number__lte=min(reached + PAGE, part.last))
        for number, digest, body in page.order_by("number").values_list("number", "digest", "body"):
            yield Sealed(number, bytes(digest), bytes(body))
        reached += PAGE


def roots(
    works: Iterable[str], *, start: date | None = None, end: date | None = None, after: tuple[date, str] | None = None
) -> QuerySet[LedgerRoot]:
    """The roots of these chains from the day `start` to the day `end`, both included, by day and work."""
    found = LedgerRoot.objects.filter(work__in=list(works)).order_by("day", "work")
    if start:
        found = found.filter(day__gte=start)
    if end:
        found = found.filter(day__lte=end)
    if after:
        found = found.filter(Q(day__gt=after[0]) | Q(day=after[0], work__gt=after[1]))
    return found


def chains_of(points: Iterable[UUID] | None, work: str = "") -> list[str]:
    """The chains that somebody may read who sees `points` (None: all): that of all, or those of works and sources.

    `work` is a work's code, or a chain's name. Empty where there is no such work.
    """
    if points is None and not work:
        return [""]
    configs = ComplianceConfig.objects.order_by("source_id", "work_code")
    if points is not None:
        configs = configs.filter(point_id__in=list(points))
    names = [(source, f"{source}/{code}") for source, code in configs.values_list("source_id", "work_code")]
    wanted = [(source, name) for source, name in names if work in {"", name, name.removeprefix(f"{source}/")}]
    return sorted({source for source, _ in wanted} | {name for _, name in wanted})


def link(work: str, number: int) -> Link:
    """The entry `number` of a chain; what a chain starts from where there is none."""
    digest = _chain(work).filter(number=number).values_list("digest", flat=True).first()
    return Link() if digest is None else Link(number, bytes(digest))


def _chain(work: str) -> QuerySet[Any]:
    """One chain: that of all by `seq`, or a work's by `work_seq`. Both are without gaps, in the order of sealing."""
    if work:
        return LedgerEntry.objects.filter(work=work).annotate(number=F("work_seq"))
    return LedgerEntry.objects.annotate(number=F("seq"))


def _last(work: str) -> int:
    return _chain(work).order_by("-number").values_list("number", flat=True).first() or 0


def _sealed_before(work: str, at: datetime) -> int:
    """The last number that was sealed before `at`: halving, for numbers and times rise together."""
    low, high = 0, _last(work)
    while low < high:
        middle = (low + high + 1) // 2
        is_before = _chain(work).filter(number=middle, sealed_at__lt=at).exists()
        low, high = (middle, high) if is_before else (low, middle - 1)
    return low
