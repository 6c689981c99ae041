"""The book of a work: its sums, its explanations, what is unmet, and the digest of its receipts."""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, QuerySet

from compliance_service.obligations.models import ComplianceConfig, Obligation, Outcome
from compliance_service.obligations.sums import Months, Period, sums

RECEIPTS = """
SELECT to_char(duty.slot_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), receipt.voucher
  FROM obligation duty
  JOIN compliance_data submission ON submission.obligation_id = duty.id
  JOIN receipt ON receipt.submission_id = submission.id
 WHERE duty.config_id = %s AND duty.outcome = 'receipt' AND duty.slot_at >= %s AND duty.slot_at < %s
 ORDER BY duty.slot_at
"""
FETCH = 2_000


@dataclass(frozen=True, slots=True)
class WorkSums:
    config: ComplianceConfig
    months: Months


def works(*, points: Collection[UUID] | None, source: str, after: str, limit: int) -> list[ComplianceConfig]:
    """By work code; `points` None means all."""
    rows = ComplianceConfig.objects.filter(work_code__gt=after).defer("password").order_by("work_code")
    if points is not None:
        rows = rows.filter(point_id__in=points)
    return list((rows.filter(source_id=source) if source else rows)[:limit])


def book(rows: Collection[ComplianceConfig], *, period: Period, now: datetime) -> list[WorkSums]:
    found = sums(configs=[row.id for row in rows], period=period, now=now)
    return [WorkSums(row, found.get(row.id, {})) for row in rows]


def count_duties(config_id: UUID, *, period: Period) -> int:
    return Obligation.objects.filter(config_id=config_id, slot_at__gte=period.start, slot_at__lt=period.end).count()


def causes(config_id: UUID, *, period: Period) -> dict[str, int]:
    """How many hours are explained, by cause."""
    rows = _ended(config_id, period).order_by()
    return dict(rows.values_list("cause").annotate(count=Count("id")))


def explained(
    config_id: UUID, *, period: Period, after: datetime | None = None, limit: int | None = None
) -> list[Obligation]:
    """By hour; `limit` None means all."""
    rows = _ended(config_id, period).order_by("slot_at")
    return list((rows.filter(slot_at__gt=after) if after else rows)[:limit])


def unmet(config_id: UUID, *, period: Period) -> list[Obligation]:
    """The hours that have neither a receipt nor an explanation, by hour."""
    rows = Obligation.objects.filter(config_id=config_id, outcome=Outcome.OPEN)
    return list(rows.filter(slot_at__gte=period.start, slot_at__lt=period.end).order_by("slot_at"))


def receipts_digest(config_id: UUID, *, period: Period) -> tuple[int, str]:
    """How many receipts, and the SHA-256 of their lines: the hour in UTC, a space, the voucher, a line feed."""
    digest, count = hashlib.sha256(), 0
    for slot, voucher in receipts(config_id, period=period):
        digest.update(f"{slot} {voucher}\n".encode())
        count += 1
    return count, digest.hexdigest()


def receipts(config_id: UUID, *, period: Period) -> Iterator[tuple[str, str]]:
    """(hour in UTC, voucher), by hour, some thousands in memory at a time."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(RECEIPTS, [config_id, period.start, period.end])
        while rows := cursor.fetchmany(FETCH):
            yield from rows


def _ended(config_id: UUID, period: Period) -> QuerySet[Obligation]:
    rows = Obligation.objects.filter(config_id=config_id, outcome=Outcome.EXPLAINED)
    return rows.filter(slot_at__gte=period.start, slot_at__lt=period.end)
