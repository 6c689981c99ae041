"""What arrivals tell of devices besides their readings: their clocks, and the codes of their loggers."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from uuid import UUID

from django.db import connection
from psycopg2.extras import execute_values

from telemetry_service.gaps.days import micros
from telemetry_service.raw.arrivals import Arrived
from telemetry_service.raw.models import Series

# Whether a number is a logger's status in place of a value of this variable.
IsStatus = Callable[[str, Decimal], bool]
SAMPLE = """
INSERT INTO clock_sample AS sample (source_id, hour, least_ms) VALUES %s
    ON CONFLICT (source_id, hour) DO UPDATE SET least_ms = least(sample.least_ms, excluded.least_ms)
 WHERE sample.least_ms > excluded.least_ms
"""
# What holds is seen in the day before the last arrival: a device that went silent keeps its clock.
TRIM = """
DELETE FROM clock_sample AS sample USING (VALUES %s) AS newest (source_id, hour, least_ms)
 WHERE sample.source_id = newest.source_id AND sample.hour <= newest.hour - interval '1 day'
"""
STATUS = """
INSERT INTO logger_status AS status (source_id, key, code, day, count, last_at) VALUES %s
    ON CONFLICT (source_id, key, code, day) DO UPDATE
   SET count = status.count + excluded.count, last_at = greatest(status.last_at, excluded.last_at)
"""


def note_arrivals(arrived: Sequence[Arrived], *, now: datetime, is_status: IsStatus) -> None:
    """Each arrival once: in the transaction that takes it."""
    samples = list(_samples(arrived))
    with connection.cursor() as cursor:
        for statement, rows in ((SAMPLE, samples), (TRIM, samples), (STATUS, list(_statuses(arrived, is_status)))):
            if rows:
                execute_values(cursor, statement, rows, page_size=1000)


def _samples(arrived: Sequence[Arrived]) -> Iterator[tuple[UUID, datetime, int]]:
    least: dict[tuple[UUID, datetime], int] = {}
    for one in arrived:
        if one.received_at is not None:
            hour = one.source_id, one.received_at.replace(minute=0, second=0, microsecond=0)
            passed = (micros(one.received_at) - one.last) // 1000
            least[hour] = min(passed, least.get(hour, passed))
    for (source_id, at), passed in sorted(least.items()):
        yield source_id, at, passed


def _statuses(arrived: Sequence[Arrived], is_status: IsStatus) -> Iterator[tuple[object, ...]]:
    below_zero = [one for one in arrived if one.negatives]
    if not below_zero:
        return
    series = Series.objects.filter(source_id__in={one.source_id for one in below_zero})
    variable_of = {row[:2]: row[2] for row in series.values_list("source_id", "key", "variable")}
    found: defaultdict[tuple[UUID, str, str, date], list[datetime]] = defaultdict(list)
    for one in below_zero:
        for said_at, code in (one.negatives or {}).items():
            at, number = datetime.fromisoformat(said_at), _number(code)
            if number is not None and is_status(variable_of.get((one.source_id, one.key), ""), number):
                found[one.source_id, one.key, f"{number.normalize():f}", at.date()].append(at)
    for status, times in sorted(found.items()):
        yield *status, len(times), max(times)


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
