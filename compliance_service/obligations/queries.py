"""What is owed, and what became of it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from compliance_service.obligations.models import ComplianceConfig


def configs(*, points: frozenset[UUID] | None, after: str, limit: int) -> Sequence[ComplianceConfig]:
    """By work code; `points` None means all."""
    found = ComplianceConfig.objects.filter(work_code__gt=after).order_by("work_code")
    if points is not None:
        found = found.filter(point_id__in=points)
    return list(found[:limit])


def config_of(config_id: UUID) -> ComplianceConfig | None:
    return ComplianceConfig.objects.filter(id=config_id).first()


# How an open duty is named: by its submission's state where there is one, else by what is missing.
SUMMARY = """
SELECT config.id, config.point_id, config.work_code, duty.outcome,
       coalesce(submission.status, 'NO_DATA') AS status,
       coalesce(submission.held_reason, '') AS reason,
       count(*), count(*) FILTER (WHERE duty.outcome = 'open' AND duty.deadline_at < %(now)s)
  FROM compliance_config config
  JOIN obligation duty ON duty.config_id = config.id AND duty.slot_at <= %(now)s
  LEFT JOIN compliance_data submission ON submission.obligation_id = duty.id
 WHERE (%(points)s::uuid[] IS NULL OR config.point_id = ANY(%(points)s::uuid[]))
 GROUP BY 1, 2, 3, 4, 5, 6
 ORDER BY config.work_code
"""
NAMES = {"NO_DATA": "no_data", "PENDING": "pending", "SENT": "pending", "ERROR": "error", "IN_DOUBT": "in_doubt"}


def summary(*, points: Iterable[UUID] | None, now: datetime) -> list[dict[str, Any]]:
    """Per work: due = receipts + explained + open.total, and overdue, which is a part of the open ones."""
    wanted = None if points is None else [str(point) for point in points]
    with connection.cursor() as cursor:
        cursor.execute(SUMMARY, {"now": now, "points": wanted})
        rows = cursor.fetchall()
    found: dict[UUID, dict[str, Any]] = {}
    for config_id, point_id, work_code, outcome, status, reason, count, overdue in rows:
        line = found.setdefault(config_id, _empty(config_id, point_id, work_code))
        line["due"] += count
        line["overdue"] += overdue
        if outcome == "open":
            _add_open(line["open"], status, reason, count)
        else:
            line["receipts" if outcome == "receipt" else "explained"] += count
    return list(found.values())


def _empty(config_id: UUID, point_id: UUID, work_code: str) -> dict[str, Any]:
    rest = {"pending": 0, "in_doubt": 0, "error": 0, "rejected": 0, "no_data": 0, "total": 0}
    line = {"config": str(config_id), "point": str(point_id), "work_code": work_code}
    return {**line, "due": 0, "receipts": 0, "explained": 0, "open": {"held": {}, **rest}, "overdue": 0}


def _add_open(line: dict[str, Any], status: str, reason: str, count: int) -> None:
    line["total"] += count
    if status == "HELD":
        line["held"][reason] = line["held"].get(reason, 0) + count
    else:
        line[NAMES.get(status, "rejected")] += count
