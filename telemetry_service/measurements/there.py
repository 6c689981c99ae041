"""What is there already around some new measurements of a point: rows, the good one before them, hours."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from telemetry_service.measurements.columns import NEVER, NO_VERSION, Columns, instant
from telemetry_service.measurements.days import LONGEST_DAY, Figures
from telemetry_service.measurements.hours import Hours

MICROS = "(extract(epoch FROM {}) * 1000000)::bigint"
# Bounds in time are said in words of their own: then the planner looks at one or two partitions, not at all.
ROWS = f"""
SELECT variable, {MICROS.format("time")}, value, quality, reasons, source_id::text, config_version,
       {MICROS.format("meter_from")}, value_text
  FROM measurement
 WHERE point_id = %(point)s AND variable = ANY(%(variables)s) AND time >= %(start)s AND time < %(end)s
 ORDER BY variable, time
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


def rows_there(
    cursor: Any, *, point_id: UUID, variables: Sequence[str], start: int, end: int
) -> dict[str, list[tuple[Any, ...]]]:
    """By variable, rows with `start <= time < end` in µs, by time, as `as_columns` takes them."""
    found: dict[str, list[tuple[Any, ...]]] = {variable: [] for variable in variables}
    if variables:
        asked = {"point": point_id, "variables": list(variables), "start": instant(start), "end": instant(end)}
        cursor.execute(ROWS, asked)
        for variable, *row in cursor.fetchall():
            found[variable].append(tuple(row))
    return found


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


def as_columns(variable: str, rows: Sequence[tuple[Any, ...]]) -> Columns:
    times, values, quality, reasons, sources, versions, meters, texts = zip(*rows, strict=True) if rows else ((),) * 8
    place = {source: number for number, source in enumerate(dict.fromkeys(sources))}
    return Columns(
        variable,
        np.array(times, np.int64),
        np.array([np.nan if one is None else one for one in values], np.float64),
        np.array(quality, np.int64),
        np.array(reasons, np.int64),
        np.array([place[one] for one in sources], np.int64),
        tuple(map(UUID, place)),
        _or(versions, NO_VERSION),
        _or(meters, NEVER),
        {number: text for number, text in enumerate(texts) if text is not None},
    )


def _or(values: Iterable[int | None], none: int) -> NDArray[np.int64]:
    return np.array([none if one is None else one for one in values], np.int64)
