"""The months of the raw tables: made when they are needed and ahead of that, dropped by retention."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import connection

from shared.db.partitions import drop_before, ensure_months

READINGS, ANSWERS = "raw_telemetry_data", "raw_answer"
AHEAD = timedelta(days=62)
KEPT = timedelta(days=3 * 365)


def make_partitions(*, device_times: Iterable[datetime], received_at: datetime) -> int:
    """The partitions of these device times and of this arrival, where missing. Says how many it made."""
    made = ensure_months(connection, ANSWERS, received_at.date(), received_at.date())
    for month in sorted({at.date().replace(day=1) for at in device_times}):
        made += ensure_months(connection, READINGS, month, month)
    return len(made)


def make_partitions_ahead(*, now: datetime) -> int:
    """This month's and the next two's."""
    last = (now + AHEAD).date()
    return sum(len(ensure_months(connection, table, now.date(), last)) for table in (READINGS, ANSWERS))


def drop_old_partitions(*, now: datetime) -> int:
    """Retention: whole months, never single rows."""
    month = (now - KEPT).date()
    return sum(len(drop_before(connection, table, month)) for table in (READINGS, ANSWERS))
