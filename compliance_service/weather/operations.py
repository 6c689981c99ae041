"""Opens an outage when a regulator stops answering everybody, and ends it with the first answer."""

import logging
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Count

from compliance_service.submissions.models import Attempt
from compliance_service.weather import queries
from compliance_service.weather.judge import WINDOW, Sky
from compliance_service.weather.models import Delayed, Outage
from compliance_service.weather.queries import AWAY

logger = logging.getLogger(__name__)


def look_at_weather(now: datetime) -> int:
    """How many outages began or ended."""
    changed = 0
    for report in queries.reports(now=now):
        if report.outage is not None:
            changed += _follow(report.outage)
        elif report.weather.sky is Sky.DOWN:
            changed += _begin(report.source, now)
    return changed


def _begin(source: str, now: datetime) -> int:
    """From the first try that nobody answered. Another worker may be first: then it is that one's."""
    started_at = queries.first_unanswered(source, after=now - WINDOW)
    try:
        with transaction.atomic():
            outage = Outage.objects.create(source_id=source, started_at=started_at, noticed_at=now)
            _count(outage)
    except IntegrityError:
        return 0
    logger.warning("regulator down", extra={"source": source, "since": started_at.isoformat(), "works": outage.works})
    return 1


def _follow(outage: Outage) -> int:
    ended_at = queries.first_answer(outage.source_id, after=outage.started_at)
    with transaction.atomic():
        _count(outage, before=ended_at)
        if ended_at is None or not Outage.objects.filter(id=outage.id, ended_at=None).update(ended_at=ended_at):
            return 0
    logger.warning("regulator answers again", extra={"source": outage.source_id, "at": ended_at.isoformat()})
    return 1


def _count(outage: Outage, *, before: datetime | None = None) -> None:
    """Its tries, and the duties that they were for."""
    rows = Attempt.objects.filter(
        started_at__gte=outage.started_at, meaning__in=AWAY, submission__config__source_id=outage.source_id
    )
    if before:
        rows = rows.filter(started_at__lt=before)
    duties = set(rows.values_list("submission__obligation_id", flat=True))
    Delayed.objects.bulk_create(
        [Delayed(outage=outage, obligation_id=duty) for duty in sorted(duties)], ignore_conflicts=True
    )
    said = rows.aggregate(tries=Count("id"), works=Count("submission__config_id", distinct=True))
    outage.tries, outage.works = said["tries"], said["works"]
    Outage.objects.filter(id=outage.id).update(**said)
