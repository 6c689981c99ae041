"""What is there already around some new measurements of a point: rows, the good one before them, hours."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from shared.db.arrays import MICROS_TO_2000
from telemetry_service.measurements.columns import NEVER, NO_VERSION, Columns, Int64, instant
from telemetry_service.measurements.days import LONGEST_DAY, Figures
from telemetry_service.measurements.hours import Hours

MICROS = "(extract(epoch FROM {}) * 1000000)::bigint"
# Bounds in time are said in words of their own: then the planner looks at one or two partitions, not at all.
# Columns end to end, as the database sends a value: to read a row as Python values costs more than the query.
ROWS = f"""
SELECT variable, string_agg(timestamptz_send(time), ''), string_agg(float8send(coalesce(value, 'NaN')), ''),
       string_agg(int2send(quality), ''), string_agg(int8send(reasons), ''), string_agg(uuid_send(source_id), ''),
       string_agg(int4send(coalesce(config_version, {NO_VERSION})), ''),
       string_agg(timestamptz_send(coalesce(meter_from, '-infinity')), ''),
       CASE WHEN count(value_text) > 0 THEN array_agg(value_text) END
  FROM (SELECT * FROM measurement
         WHERE point_id = %(point)s AND variable = ANY(%(variables)s) AND time >= %(start)s AND time < %(end)s
         ORDER BY variable, time) one
 GROUP BY variable
"""  # noqa: S608 the names are ours
BEFORE = f"""
SELECT asked.variable, {MICROS.format("one.time")}, one.value
  FROM unnest(%(variables)s::text[]) AS asked (variable)
 CROSS JOIN LATERAL (
       SELECT time, value FROM measurement one
        WHERE one.point_id = %(point)s AND one.variable = asked.variable
          AND one.time >= %(since)s AND one.time < %(start)s AND one.quality = 1 AND one.value IS NOT NULL
        ORDER BY time DESC LIMIT 1) one
"""  # noqa: S608 the names are ours
HOURS = f"""
SELECT variable, {MICROS.format("hour")}, count, good, first, last, min, max, sum, area, weighed_s, before
  FROM measurement_hourly
 WHERE point_id = %(point)s AND variable = ANY(%(variables)s) AND hour >= %(start)s AND hour < %(end)s
"""  # noqa: S608 the names are ours
EVER = datetime(1, 1, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)


def rows_there(cursor: Any, *, point_id: UUID, variables: Sequence[str], start: int, end: int) -> dict[str, Columns]:
    """By variable, those of the rows with `start <= time < end` in µs that there are."""
    if not variables:
        return {}
    asked = {"point": point_id, "variables": list(variables), "start": instant(start), "end": instant(end)}
    cursor.execute(ROWS, asked)
    return {variable: _columns(variable, *sent) for variable, *sent in cursor.fetchall()}


def good_before(cursor: Any, *, point_id: UUID, variables: Sequence[str], start: int) -> dict[str, tuple[int, float]]:
    """By variable, time and value of the last good measurement before `start`, of those that have one."""
    found: dict[str, tuple[int, float]] = {}
    # Nearly always there is one within a day.
    for since in (instant(start) - A_DAY, EVER):
        missing = [variable for variable in variables if variable not in found]
        if missing:
            asked = {"point": point_id, "variables": missing, "since": since, "start": instant(start)}
            cursor.execute(BEFORE, asked)
            found |= {variable: (time, value) for variable, time, value in cursor.fetchall()}
    return found


def hours_there(
    cursor: Any, *, point_id: UUID, variables: Sequence[str], start: int, end: int
) -> dict[str, dict[int, Figures]]:
    """By variable and hour, all hours of the days that the hours from `start` to `end` are in."""
    found: dict[str, dict[int, Figures]] = {variable: {} for variable in variables}
    first, last = instant(start) - LONGEST_DAY, instant(end) + LONGEST_DAY
    cursor.execute(HOURS, {"point": point_id, "variables": list(variables), "start": first, "end": last})
    for variable, hour, *figures in cursor.fetchall():
        found[variable][hour] = Figures._make(figures)
    return found


def as_figures(hours: Hours) -> dict[int, Figures]:
    """By hour."""
    columns = (each.tolist() for each in hours)
    return {
        hour: Figures._make(None if one != one else one for one in figures)
        for hour, *figures in zip(*columns, strict=True)
    }


def _columns(
    variable: str,
    times: Any,
    values: Any,
    quality: Any,
    reasons: Any,
    sources: Any,
    versions: Any,
    meters: Any,
    texts: Sequence[str | None] | None,
) -> Columns:
    of, places = np.unique(np.frombuffer(sources, "V16"), return_inverse=True)
    return Columns(
        variable,
        _instants(times),
        np.frombuffer(values, ">f8").astype(np.float64),
        np.frombuffer(quality, ">i2").astype(np.int64),
        np.frombuffer(reasons, ">i8").astype(np.int64),
        places.astype(np.int64),
        tuple(UUID(bytes=one.tobytes()) for one in of),
        np.frombuffer(versions, ">i4").astype(np.int64),
        _instants(meters),
        {row: text for row, text in enumerate(texts or ()) if text is not None},
    )


def _instants(sent: Any) -> Int64:
    """In µs since 1970; -infinity is NEVER."""
    since_2000 = np.frombuffer(sent, ">i8").astype(np.int64)
    return np.where(since_2000 == NEVER, NEVER, since_2000 + MICROS_TO_2000)


def no_columns(variable: str) -> Columns:
    return _columns(variable, b"", b"", b"", b"", b"", b"", b"", None)
