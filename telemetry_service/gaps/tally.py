"""The completeness table: what came is added as it comes, what is missing is worked out from the gaps of the day."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from psycopg2.extras import execute_values

from telemetry_service.gaps.days import (
    DAY,
    SECOND,
    ZONES,
    Loss,
    Stretch,
    begin_of,
    day_of,
    days_between,
    loss_on,
    today_begins,
)
from telemetry_service.gaps.pieces import Known
from telemetry_service.gaps.queries import gaps_at_hand
from telemetry_service.raw.arrivals import Arrived

Day = tuple[UUID, str, str, date]
ADD = """
INSERT INTO completeness AS day (source_id, key, zone, day, received, missing, longest_gap_s) VALUES %s
    ON CONFLICT (source_id, key, zone, day) DO UPDATE SET received = day.received + excluded.received
"""
SET = """
INSERT INTO completeness AS day (source_id, key, zone, day, received, missing, longest_gap_s) VALUES %s
    ON CONFLICT (source_id, key, zone, day) DO UPDATE
   SET missing = excluded.missing, longest_gap_s = excluded.longest_gap_s
 WHERE (day.missing, day.longest_gap_s) IS DISTINCT FROM (excluded.missing, excluded.longest_gap_s)
"""
CLEAR = """
UPDATE completeness AS day SET missing = 0, longest_gap_s = 0 FROM (VALUES %s) AS touched (source_id, key, zone, day)
 WHERE day.source_id = touched.source_id AND day.key = touched.key AND day.zone = touched.zone
   AND day.day = touched.day AND day.missing > 0
"""
# A day on which nothing came and nothing should have come is not a day of the series.
DROP = """
DELETE FROM completeness AS day USING (VALUES %s) AS touched (source_id, key, zone, day)
 WHERE day.source_id = touched.source_id AND day.key = touched.key AND day.zone = touched.zone
   AND day.day = touched.day AND day.received = 0
"""


def add_received(arrived: Iterable[Arrived]) -> None:
    """Each arrival exactly once: in the transaction that takes it."""
    counts: Counter[Day] = Counter()
    for one in arrived:
        for name, zone in ZONES.items():
            counts[one.source_id, one.key, name, day_of(one.first, zone)] += one.number
    _write(ADD, [(*day, count, 0, 0) for day, count in sorted(counts.items())])


def set_losses(stretches: Sequence[Stretch], *, now: datetime) -> None:
    """Works out anew what the days of these stretches lost."""
    today = today_begins(now)
    spans = gaps_at_hand([_whole_days(stretch) for stretch in stretches])
    losses: dict[Day, Loss] = {}
    for stretch, of_stretch in zip(stretches, spans, strict=True):
        losses |= _losses(stretch, of_stretch, today)
    rows = sorted(losses.items())
    whole = [day for day, loss in rows if not loss.missing]
    _write(DROP, whole)
    _write(CLEAR, whole)
    _write(SET, [(*day, 0, loss.missing, loss.longest // SECOND) for day, loss in rows if loss.missing])


def _losses(stretch: Stretch, spans: Sequence[Known], today: Mapping[str, int]) -> dict[Day, Loss]:
    source_id, key, start, end = stretch
    return {
        (source_id, key, name, day): loss_on(day, spans, zone, today=today[name])
        for name, zone in ZONES.items()
        for day in days_between(start, end, zone)
    }


def _whole_days(stretch: Stretch) -> Stretch:
    """Whatever zone is asked: the gaps of all days that the stretch touches."""
    begins = [begin_of(day_of(stretch.start, zone), zone) for zone in ZONES.values()]
    ends = [begin_of(day_of(stretch.end, zone) + DAY, zone) for zone in ZONES.values()]
    return stretch._replace(start=min(begins), end=max(ends))


def _write(statement: str, rows: Sequence[tuple[object, ...]]) -> None:
    if rows:
        with connection.cursor() as cursor:
            execute_values(cursor, statement, rows, page_size=1000)
