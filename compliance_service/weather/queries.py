"""How the regulators answer: the tries of late, the outages, and whom they delayed."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet

from compliance_service.submissions.models import Attempt
from compliance_service.weather.judge import UNANSWERED, WINDOW, Tally, Weather, judge
from compliance_service.weather.models import Delayed, Outage

AWAY = [meaning.value for meaning in UNANSWERED]
# Both every minute, of all regulators at once.
REPORTED_TO = """
SELECT source.code,
       (SELECT count(*) FROM compliance_config config
         WHERE config.source_id = source.code AND config.is_active AND config.stopped_at IS NULL)
  FROM compliance_source source WHERE source.is_active ORDER BY source.code
"""
TRIES = """
SELECT config.source_id, config.id, count(*), count(*) FILTER (WHERE attempt.meaning = ANY(%(away)s))
  FROM submission_attempt attempt
  JOIN compliance_data submission ON submission.id = attempt.submission_id
  JOIN compliance_config config ON config.id = submission.config_id
 WHERE attempt.finished_at IS NOT NULL AND attempt.started_at > %(since)s AND attempt.started_at <= %(now)s
 GROUP BY config.source_id, config.id
"""


@dataclass(frozen=True, slots=True)
class Report:
    source: str
    weather: Weather
    outage: Outage | None  # that lasts


def first_unanswered(source: str, *, after: datetime) -> datetime:
    """When the first attempt that began after `after` began, of which none was answered."""
    rows = _finished(source).filter(started_at__gt=after, meaning__in=AWAY)
    at: datetime = rows.order_by("started_at").values_list("started_at", flat=True)[0]
    return at


def reports(*, now: datetime) -> list[Report]:
    """Of each active regulator, by its code."""
    lasting = {outage.source_id: outage for outage in Outage.objects.filter(ended_at=None)}
    asked: dict[str, Any] = {"away": AWAY, "since": now - WINDOW, "now": now}
    tallies: dict[str, list[Tally]] = {}
    with connection.cursor() as cursor:
        cursor.execute(TRIES, asked)
        for code, *tally in cursor.fetchall():
            tallies.setdefault(code, []).append(Tally(*tally))
        cursor.execute(REPORTED_TO)
        works = cursor.fetchall()
    return [Report(code, judge(tallies.get(code, ()), works=count), lasting.get(code)) for code, count in works]


def first_answer(source: str, *, after: datetime) -> datetime | None:
    """When the first attempt that began after `after` and was answered began."""
    rows = _finished(source).filter(started_at__gt=after).exclude(meaning__in=AWAY)
    return rows.order_by("started_at").values_list("started_at", flat=True).first()


def _finished(source: str) -> QuerySet[Attempt]:
    return Attempt.objects.filter(finished_at__isnull=False, submission__config__source_id=source)


def outages(
    *, source: str = "", start: datetime | None = None, end: datetime | None = None, after: int | None, limit: int
) -> list[Outage]:
    """The newest first: those that lasted in [start, end)."""
    rows = Outage.objects.order_by("-id")
    if source:
        rows = rows.filter(source_id=source)
    if start:
        rows = rows.filter(Q(ended_at=None) | Q(ended_at__gt=start))
    if end:
        rows = rows.filter(started_at__lt=end)
    return list((rows.filter(id__lt=after) if after else rows)[:limit])


def delayed(outage_id: int, *, points: Collection[UUID] | None, after: int | None, limit: int) -> list[Delayed]:
    """The duties that an outage delayed; `points` None means all."""
    rows = Delayed.objects.filter(outage_id=outage_id).select_related("obligation__config").order_by("id")
    if points is not None:
        rows = rows.filter(obligation__config__point_id__in=points)
    return list((rows.filter(id__gt=after) if after else rows)[:limit])


def outages_of(obligation_ids: Iterable[int]) -> dict[int, list[Outage]]:
    """By duty, the outages that delayed it."""
    found: dict[int, list[Outage]] = {}
    for row in Delayed.objects.filter(obligation_id__in=list(obligation_ids)).select_related("outage").order_by("id"):
        found.setdefault(row.obligation_id, []).append(row.outage)
    return found
