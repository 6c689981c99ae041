"""Months of measurements that are over, in the order in which they are read."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import connection

from shared.db.packing import pack_before
from telemetry_service.measurements.store import PARTITIONED

# Late readings of the month before are usual for some days more.
SETTLED = timedelta(days=10)
HERE, NIGHT = ZoneInfo("America/Santiago"), range(2, 6)  # hours in which nobody waits for a month


def pack_months(*, now: datetime, before: date | None = None) -> list[str]:
    """Those before this month, or all that are over and settled; names what it packed. Not inside a transaction."""
    month = before or (now - SETTLED).date()
    return [child for table in PARTITIONED for child in pack_before(connection, table, month)]


def pack_at_night(now: datetime) -> int:
    """Says how many. A month is locked while it is packed, so by day there is none."""
    return len(pack_months(now=now)) if now.astimezone(HERE).hour in NIGHT else 0
