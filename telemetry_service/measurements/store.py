"""Puts measurements down: binary COPY into a staging table, one sorted merge that touches only what changed.

What a measurement was before goes to `measurement_past`; the latest values and the roll-ups follow in the same
transaction.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from shared.db.arrays import copy_arrays
from shared.db.copy import Column, copy_rows
from shared.db.growth import ensure_ahead
from shared.db.partitions import ensure_months
from shared.db.together import Together
from telemetry_service.measurements.append import append, latest_times
from telemetry_service.measurements.columns import NEVER, Columns
from telemetry_service.measurements.few import Span, is_few, merge_few
from telemetry_service.measurements.latest import renew_latest, take_latest
from telemetry_service.measurements.rollups import CHANGED, roll_up

TABLE, STAGED = "measurement", "measurement_staging"
PARTITIONED = (TABLE, "measurement_hourly")
EVER = 2**62  # later than any measurement, in µs
# The source of what is made of other measurements: no reading speaks for it.
DERIVED = UUID("00000000-0000-4000-8000-00000000d371")
COLUMNS = (
    Column("point_id", "uuid"),
    Column("variable", "text"),
    Column("time", "timestamptz"),
    Column("value", "float8"),
    Column("value_text", "text"),
    Column("quality", "int2"),
    Column("reasons", "int8"),
    Column("source_id", "uuid"),
    Column("config_version", "int4"),
    Column("meter_from", "timestamptz"),
)
KEY = ("point_id", "variable", "time")
NAMES = ", ".join(column.name for column in COLUMNS)
SAID = [column.name for column in COLUMNS if column.name not in KEY]
OLD, NEW = ", ".join(f"old.{name}" for name in SAID), ", ".join(f"new.{name}" for name in SAID)
SAME_KEY = " AND ".join(f"old.{name} = new.{name}" for name in KEY)
STAGING = f"""
CREATE TEMPORARY TABLE IF NOT EXISTS measurement_staging (
    point_id uuid, variable text COLLATE "C", time timestamptz, value float8, value_text text, quality int2,
    reasons int8, source_id uuid, config_version int4, meter_from timestamptz
) ON COMMIT DELETE ROWS;
{CHANGED};
DELETE FROM measurement_staging;
DELETE FROM measurement_changed
"""  # noqa: S608 the names are ours
# Later than a series' latest there is nothing to look for: what is only added costs no look at the past. OFFSET 0 as in
# rollups: a row is looked up by its key.
KEEP_PAST = f"""
INSERT INTO measurement_past ({NAMES}, known_since, known_until)
SELECT {", ".join(f"old.{name}" for name in KEY)}, {OLD}, old.known_since, %(now)s
  FROM measurement_staging new
  JOIN measurement_latest newest ON newest.point_id = new.point_id AND newest.variable = new.variable
 CROSS JOIN LATERAL (SELECT * FROM {TABLE} old WHERE {SAME_KEY} OFFSET 0) old
 WHERE new.time <= newest.time AND old.known_since < %(now)s AND ({OLD}) IS DISTINCT FROM ({NEW})
    ON CONFLICT DO NOTHING
"""  # noqa: S608 the names are ours
# Sorted: 15 % faster into a warm table. What did not change is not written: a replay leaves no log and no new stamp.
MERGE = f"""
WITH changed AS (
    INSERT INTO {TABLE} AS old ({NAMES}, known_since)
    SELECT {NAMES}, %(now)s FROM measurement_staging ORDER BY {", ".join(KEY)}
        ON CONFLICT ({", ".join(KEY)}) DO UPDATE
       SET {", ".join(f"{name} = excluded.{name}" for name in SAID)}, known_since = excluded.known_since
     WHERE ({OLD}) IS DISTINCT FROM ({", ".join(f"excluded.{name}" for name in SAID)})
    RETURNING {", ".join(KEY)})
INSERT INTO measurement_changed SELECT {", ".join(KEY)} FROM changed
"""  # noqa: S608 the names are ours
# What no reading speaks for any more: rows were withdrawn, or others speak in their place. What is made of measurements
# and what is made of readings never take each other away.
FORGET = f"""
WITH gone AS (
    DELETE FROM {TABLE} old
     WHERE old.point_id = %(point_id)s AND old.time > %(after)s AND old.time <= %(until)s
       AND (old.source_id = %(derived_source)s) = %(derived)s
       AND NOT EXISTS (SELECT 1 FROM measurement_staging new WHERE {SAME_KEY})
    RETURNING old.*),
past AS (
    INSERT INTO measurement_past ({NAMES}, known_since, known_until)
    SELECT {NAMES}, known_since, %(now)s FROM gone WHERE known_since < %(now)s ON CONFLICT DO NOTHING)
INSERT INTO measurement_changed SELECT {", ".join(KEY)} FROM gone
"""  # noqa: S608 the names are ours


class Rest(NamedTuple):
    """What the point has later than `after`, up to `until`, and the merge does not bring is to go.

    `derived`: of what is made of other measurements, otherwise of what is made of readings.
    """

    point_id: UUID
    after: datetime
    until: datetime | str = "infinity"
    derived: bool = False


def merge(rows: Sequence[tuple[Any, ...]], *, now: datetime, forget: Rest | None = None) -> int:
    """Stores `rows`, values in the order of COLUMNS; says how many are new, changed or gone. Inside a transaction."""
    return _merge(bool(rows), lambda cursor: copy_rows(cursor, STAGED, COLUMNS, rows), now, forget)


class Merged(NamedTuple):
    """How many are new, changed or gone. `spans` None: too many to name, `measurement_changed` has their keys."""

    number: int
    spans: list[Span] | None


def merge_columns(
    columns: Sequence[Columns],
    *,
    point_id: UUID,
    now: datetime,
    forget: Rest | None = None,
    on: Together,
    latest: dict[str, int] | None = None,
) -> Merged:
    """As `merge`, of a point's measurements by column. The caller sees to it that nobody else writes the point's, and
    sends `on` in the same transaction: there is what is not done yet.

    `latest` as `latest_times` says, where that is known already.
    """
    some = [one for one in columns if len(one)]
    if not some and forget is None:
        return Merged(0, [])
    with connection.cursor() as cursor:
        latest = latest_times(cursor, point_id=point_id) if latest is None else latest
        if forget is None and is_few(some):
            spans = merge_few(cursor, some, point_id=point_id, latest=latest, now=now, on=on)
            if spans is not None:
                return Merged(sum(one.number for one in spans), spans)
    return Merged(_merge_many(some, latest, point_id, now, forget), None)


def _merge_many(
    some: Sequence[Columns], latest: dict[str, int], point_id: UUID, now: datetime, forget: Rest | None
) -> int:
    newer = [] if forget else [one.between(latest.get(one.variable, NEVER), EVER) for one in some]
    other = some if forget else [one.between(NEVER, latest.get(one.variable, NEVER)) for one in some]
    blocks = [(len(one), one.fields(point_id)) for one in other if len(one)]
    changed = _merge(bool(blocks), lambda cursor: copy_arrays(cursor, STAGED, COLUMNS, blocks), now, forget)
    newer = [one for one in newer if len(one)]
    if newer:
        with connection.cursor() as cursor:
            cursor.execute(STAGING if not blocks else "DELETE FROM measurement_staging")
            changed += append(cursor, newer, point_id=point_id, known=set(latest), now=now)
    return changed


def _merge(is_some: bool, stage: Callable[[Any], int], now: datetime, forget: Rest | None) -> int:
    if not is_some and forget is None:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(STAGING)
        stage(cursor)
        cursor.execute(KEEP_PAST, {"now": now})
        cursor.execute(MERGE, {"now": now})
        changed, gone = int(cursor.rowcount), 0
        if changed:
            take_latest(cursor)
        if forget:
            # The planner knows nothing of what was just put down: row by row it would look for minutes.
            cursor.execute("SET LOCAL enable_nestloop = off")
            cursor.execute(FORGET, {**forget._asdict(), "derived_source": DERIVED, "now": now})
            gone = int(cursor.rowcount)
            cursor.execute("RESET enable_nestloop")
        if gone:
            renew_latest(cursor)
        if changed or gone:
            roll_up(cursor, gone=gone > 0)
    return changed + gone


# From point to point along the key: a DISTINCT would read the whole table.
POINTS = """
WITH RECURSIVE points AS (
    (SELECT point_id FROM measurement ORDER BY point_id LIMIT 1)
     UNION ALL
    SELECT (SELECT point_id FROM measurement WHERE point_id > points.point_id ORDER BY point_id LIMIT 1)
      FROM points WHERE points.point_id IS NOT NULL)
SELECT point_id FROM points WHERE point_id IS NOT NULL
"""


def measured_points() -> list[UUID]:
    with connection.cursor() as cursor:
        cursor.execute(POINTS)
        return [point for (point,) in cursor.fetchall()]


def rebuild(*, point_id: UUID) -> None:
    """Makes all that follows from the point's measurements anew."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT min(time), max(time) FROM measurement WHERE point_id = %s", [point_id])
        first, last = cursor.fetchone()
    if first is not None:
        ensure_months(connection, "measurement_hourly", first.date(), last.date())
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(STAGING)
        for table in ("measurement_latest", "measurement_hourly", "measurement_daily"):
            cursor.execute(f"DELETE FROM {table} WHERE point_id = %s", [point_id])  # noqa: S608 the names are ours
        cursor.execute(
            "INSERT INTO measurement_changed SELECT point_id, variable, time FROM measurement WHERE point_id = %s",
            [point_id],
        )
        renew_latest(cursor)
        roll_up(cursor, gone=False)


def make_partitions(times: Iterable[datetime]) -> int:
    """The partitions of these device times, where missing. Says how many it made."""
    months = sorted({time.date().replace(day=1) for time in times})
    return sum(len(ensure_months(connection, table, month, month)) for month in months for table in PARTITIONED)


def make_partitions_ahead(*, now: datetime) -> int:
    """This month's and the next two's, cut by how many rows they will hold."""
    return sum(len(ensure_ahead(connection, table, now=now)) for table in PARTITIONED)
