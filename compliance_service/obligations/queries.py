"""What is owed, and what became of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from compliance_service.obligations.models import ComplianceConfig
from compliance_service.obligations.sums import Period, Sum, sums, total


def configs(*, points: frozenset[UUID] | None, after: str, limit: int) -> Sequence[ComplianceConfig]:
    """By work code; `points` None means all."""
    found = ComplianceConfig.objects.filter(work_code__gt=after).order_by("work_code")
    if points is not None:
        found = found.filter(point_id__in=points)
    return list(found[:limit])


def config_of(config_id: UUID) -> ComplianceConfig | None:
    return ComplianceConfig.objects.filter(id=config_id).first()


# How an open duty is named: by its submission's state where there is one, else by what is missing.
OPEN = """
SELECT duty.config_id, coalesce(submission.status, 'NO_DATA'), coalesce(submission.held_reason, ''), count(*)
  FROM obligation duty
  LEFT JOIN compliance_data submission ON submission.obligation_id = duty.id
 WHERE duty.outcome = 'open' AND duty.slot_at <= %(now)s AND duty.config_id = ANY(%(configs)s::uuid[])
 GROUP BY 1, 2, 3
"""
NAMES = {"NO_DATA": "no_data", "PENDING": "pending", "SENT": "pending", "ERROR": "error", "IN_DOUBT": "in_doubt"}


def summary(*, points: Iterable[UUID] | None, now: datetime) -> list[dict[str, Any]]:
    """Per work: due = receipts + explained + open.total, and overdue, which is a part of the open ones."""
    rows = ComplianceConfig.objects.order_by("work_code")
    if points is not None:
        rows = rows.filter(point_id__in=list(points))
    counted = sums(configs=None if points is None else [row.id for row in rows], period=until(now), now=now)
    found = {row.id: _line(row, total(counted[row.id])) for row in rows.defer("password") if row.id in counted}
    with connection.cursor() as cursor:
        cursor.execute(OPEN, {"now": now, "configs": [str(config) for config in found]})
        for config_id, status, reason, count in cursor.fetchall():
            if config_id in found:
                _add_open(found[config_id]["open"], status, reason, count)
    return list(found.values())


def until(now: datetime) -> Period:
    return Period.of_days(None, None, now=now)


def _line(config: ComplianceConfig, counted: Sum) -> dict[str, Any]:
    rest = {"pending": 0, "in_doubt": 0, "error": 0, "rejected": 0, "no_data": 0, "total": 0}
    named = {"config": str(config.id), "point": str(config.point_id), "work_code": config.work_code}
    counts = {"due": counted.due, "receipts": counted.receipts, "explained": counted.explained}
    return {**named, **counts, "open": {"held": {}, **rest}, "overdue": counted.overdue}


def _add_open(line: dict[str, Any], status: str, reason: str, count: int) -> None:
    line["total"] += count
    if status == "HELD":
        line["held"][reason] = line["held"].get(reason, 0) + count
    else:
        line[NAMES.get(status, "rejected")] += count
