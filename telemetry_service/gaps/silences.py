"""A device that has not spoken since is late. After a while its silence is shown as a gap without an end."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from telemetry_service.gaps.days import Stretch, instant, micros, today_begins
from telemetry_service.gaps.models import Gap
from telemetry_service.gaps.reconcile import hold
from telemetry_service.gaps.tally import set_losses

# So many of its rhythms, but no less than this.
RHYTHMS = 6
LEAST = timedelta(hours=6)
# A silence begins at the newest reading and has no end: nobody can search for what has not happened.
BEGIN = """
INSERT INTO gap (source_id, key, kind, from_time, missing, cadence_s, state, cause, tries, opened_at, opened_by)
SELECT watch.source_id, watch.key, 'silence', watch.newest_at, 0, watch.cadence_s, 'open', 'lasting', 0, %(now)s, ''
  FROM gap_watch watch
  JOIN raw_series series ON series.source_id = watch.source_id AND series.key = watch.key
 WHERE series.withdrawn_at IS NULL AND watch.newest_at < %(now)s - %(least)s
   AND watch.newest_at < %(now)s - %(rhythms)s * watch.cadence_s * interval '1 second'
   AND NOT EXISTS (SELECT 1 FROM gap
                    WHERE gap.source_id = watch.source_id AND gap.key = watch.key AND gap.from_time = watch.newest_at
                      AND NOT state = 'filled' AND NOT kind = 'asked')
"""
# At every look, and mostly there is none of which a day is to be counted.
LASTING = """
SELECT id, source_id, key, from_time, counted_to FROM gap
 WHERE to_time IS NULL AND NOT state = 'filled' AND (counted_to IS NULL OR counted_to < %(latest)s)
"""


def note_silences(*, now: datetime) -> int:
    """Says how many began, and counts the days that went by in those that last."""
    with transaction.atomic():
        hold()
        asked: dict[str, Any] = {"now": now, "least": LEAST, "rhythms": RHYTHMS}
        with connection.cursor() as cursor:
            cursor.execute(BEGIN, asked)
            begun = int(cursor.rowcount)
        _count_days(now)
    return begun


def _count_days(now: datetime) -> None:
    """A day that goes by in silence is lost. Once a day for each silence, when a day is over in some zone."""
    latest = instant(max(today_begins(now).values()))
    with connection.cursor() as cursor:
        cursor.execute(LASTING, {"latest": latest})
        found = cursor.fetchall()
    if not found:
        return
    stretches = [
        Stretch(source_id, key, micros(counted_to or begin), micros(latest))
        for _, source_id, key, begin, counted_to in found
    ]
    set_losses(stretches, now=now)
    Gap.objects.filter(id__in=[gap_id for gap_id, *_ in found]).update(counted_to=latest)
