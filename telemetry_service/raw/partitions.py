"""The partitions of the raw tables: made when they are needed and ahead of that, dropped by retention."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta

from django.db import connection

from shared.db.growth import ensure_ahead
from shared.db.partitions import drop_before, ensure_months

READINGS, ANSWERS = "raw_telemetry_data", "raw_answer"
KEPT = timedelta(days=3 * 365)


def make_partitions(*, device_times: Iterable[datetime], received_at: datetime) -> int:
    """The partitions of these device times and of this arrival, where missing. Says how many it made."""
    made = ensure_months(connection, ANSWERS, received_at.date(), received_at.date())
    for month in sorted({at.date().replace(day=1) for at in device_times}):
        made += ensure_months(connection, READINGS, month, month)
    return len(made)


def make_partitions_ahead(*, now: datetime) -> int:
    """This month's and the next two's, cut by how many rows they will hold."""
    return sum(len(ensure_ahead(connection, table, now=now)) for table in (READINGS, ANSWERS))


def make_partitions_kept(*, now: datetime) -> int:
    """Every month from which rows are kept, up to the next one: for whoever brings rows of any of them."""
    made = ensure_months(connection, ANSWERS, now.date(), now.date())
    return len(made + ensure_months(connection, READINGS, kept_from(now).date(), (now + timedelta(days=1)).date()))


def drop_old_partitions(*, now: datetime) -> int:
    """Retention: whole months, never single rows."""
    month = kept_from(now).date()
    return sum(len(drop_before(connection, table, month)) for table in (READINGS, ANSWERS))


def kept_from(now: datetime) -> datetime:
    """Rows of an earlier device time are gone, or go with the next clean-up."""
    return datetime.combine((now - KEPT).date().replace(day=1), time(), tzinfo=UTC)
