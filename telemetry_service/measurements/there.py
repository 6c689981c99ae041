"""What is there already around some new measurements of a point: rows, the good one before them, hours. In one trip."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np

from shared.db.arrays import MICROS_TO_2000
from telemetry_service.measurements.columns import NEVER, NO_VERSION, Columns, Int64, instant
from telemetry_service.measurements.days import LONGEST_DAY, Figures
from telemetry_service.measurements.hours import Hours

# Columns end to end, as the database sends a value: to read a row as Python values costs more than the query. Bounds in
# time are said in words of their own: then the planner looks at one or two partitions, not at all.
MICROS = "(extract(epoch FROM {}) * 1000000)::bigint"
SENT = "string_agg({}, '')"
NONE = "float8send(coalesce({}, 'NaN'))"
FLOATS = ("first", "last", "min", "max", "sum", "area", "weighed_s", "before")
BEFORE = """
SELECT time, value FROM measurement one
 WHERE one.point_id = %(point)s AND one.variable = asked.variable
   AND one.time >= %(since)s AND one.time < %(start)s AND one.quality = 1 AND one.value IS NOT NULL
 ORDER BY time DESC LIMIT 1
"""
AROUND = f"""
SELECT asked.variable, there.*, {MICROS.format("good.time")}, good.value, hours.*
  FROM unnest(%(variables)s::text[]) AS asked (variable)
 CROSS JOIN LATERAL (
       SELECT {SENT.format("timestamptz_send(time)")}, {SENT.format(NONE.format("value"))},
              {SENT.format("int2send(quality)")}, {SENT.format("int8send(reasons)")},
              {SENT.format("uuid_send(source_id)")},
              {SENT.format(f"int4send(coalesce(config_version, {NO_VERSION}))")},
              {SENT.format("timestamptz_send(coalesce(meter_from, '-infinity'))")},
              CASE WHEN count(value_text) > 0 THEN array_agg(value_text) END
         FROM (SELECT * FROM measurement one
                WHERE one.point_id = %(point)s AND one.variable = asked.variable
                  AND one.time >= %(start)s AND one.time < %(end)s
                ORDER BY time) one) there
  LEFT JOIN LATERAL ({BEFORE}) good ON true
 CROSS JOIN LATERAL (
       SELECT {SENT.format("timestamptz_send(hour)")}, {SENT.format("int4send(count)")},
              {SENT.format("int4send(good)")}, {", ".join(SENT.format(NONE.format(name)) for name in FLOATS)}
         FROM measurement_hourly hourly
        WHERE hourly.point_id = %(point)s AND hourly.variable = asked.variable
          AND hourly.hour >= %(first_hour)s AND hourly.hour < %(last_hour)s) hours
"""  # noqa: S608 the names are ours
EARLIER = f"""
SELECT asked.variable, {MICROS.format("good.time")}, good.value
  FROM unnest(%(variables)s::text[]) AS asked (variable) CROSS JOIN LATERAL ({BEFORE}) good
"""  # noqa: S608 the names are ours
EVER = datetime(1, 1, 1, tzinfo=UTC)
A_DAY = timedelta(days=1)
ROW = 8  # columns of `there`


class There(NamedTuple):
    """Of a variable the rows with `start <= time < end`, the good one of the day before them (time in µs, value; None:
    none that day), and by its start in µs every hour of the days that the hours from `start` to `end` are in."""

    rows: Columns
    before: tuple[int, float] | None
    hours: dict[int, Figures]


def what_is_there(cursor: Any, *, point_id: UUID, variables: Sequence[str], start: int, end: int) -> dict[str, There]:
    """By variable, around `start <= time < end` in µs."""
    if not variables:
        return {}
    since = instant(start)
    asked = {
        "point": point_id,
        "variables": list(variables),
        "start": since,
        "end": instant(end),
        "since": since - A_DAY,
        "first_hour": since - LONGEST_DAY,
        "last_hour": instant(end) + LONGEST_DAY,
    }
    cursor.execute(AROUND, asked)
    return {variable: _there(variable, sent) for variable, *sent in cursor.fetchall()}


def good_before(cursor: Any, *, point_id: UUID, variables: Sequence[str], start: int) -> dict[str, tuple[int, float]]:
    """By variable, time and value of the last good measurement before `start`, however long ago."""
    asked = {"point": point_id, "variables": list(variables), "since": EVER, "start": instant(start)}
    cursor.execute(EARLIER, asked)
    return {variable: (time, value) for variable, time, value in cursor.fetchall()}


def _there(variable: str, sent: Sequence[Any]) -> There:
    times, values, quality, reasons, sources, versions, meters = (one or b"" for one in sent[: ROW - 1])
    time, value, *hours = sent[ROW:]
    rows = _columns(variable, times, values, quality, reasons, sources, versions, meters, sent[ROW - 1])
    before = None if time is None else (time, value)
    return There(rows, before, as_figures(_hours(*hours)))


def _hours(at: Any, count: Any, good: Any, *figures: Any) -> Hours:
    rows, all_good = (np.frombuffer(one or b"", ">i4") for one in (count, good))
    return Hours(_instants(at or b""), rows, all_good, *(np.frombuffer(one or b"", ">f8") for one in figures))


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


def nothing(variable: str) -> There:
    return There(_columns(variable, b"", b"", b"", b"", b"", b"", b"", None), None, {})
