"""Puts down what lies later than everything known of its series: nothing to compare it with, nothing to merge.

Copied straight into the table, several times faster than by staging. The caller holds the point's lock, so nothing can
come between the look at the latest measurement and the copy; a key that is there all the same fails the transaction.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np

from shared.db.arrays import Field, Numbers, Same, copy_arrays
from shared.db.copy import Column
from telemetry_service.measurements.columns import Columns, Int64
from telemetry_service.measurements.hours import HOUR, Hours, hours_of
from telemetry_service.measurements.latest import keep_latest
from telemetry_service.measurements.rollups import FIGURES, keep_hours

DAY = 24 * HOUR
# For whoever asks for more of the point in the same statement: by variable, in µs since 1970.
LATEST_TEXT = """
(SELECT json_object_agg(variable, (extract(epoch FROM time) * 1000000)::bigint)::text
   FROM measurement_latest WHERE point_id = %(point)s)
"""
# Of each series what is there of the hour in which the new rows begin, and the good measurement before that.
EDGE = """
SELECT asked.n, (extract(epoch FROM one.time) * 1000000)::bigint, one.value, one.quality
  FROM unnest(%(variables)s::text[], %(hours)s::bigint[]) WITH ORDINALITY AS asked (variable, hour, n)
 CROSS JOIN LATERAL (
       (SELECT time, value, quality FROM measurement one
         WHERE one.point_id = %(point)s AND one.variable = asked.variable
           AND one.time >= timestamptz 'epoch' + asked.hour * interval '1 microsecond')
       UNION ALL
       (SELECT time, value, quality FROM measurement one
         WHERE one.point_id = %(point)s AND one.variable = asked.variable
           AND one.time < timestamptz 'epoch' + asked.hour * interval '1 microsecond'
           AND one.quality = 1 AND one.value IS NOT NULL
         ORDER BY time DESC LIMIT 1)
       ORDER BY 1) one
"""
Edge = list[tuple[int, float, int]]  # time, value (NaN is none), quality


def latest_times(cursor: Any, *, point_id: UUID) -> dict[str, int]:
    """By variable, in µs since 1970."""
    cursor.execute(f"SELECT {LATEST_TEXT}", {"point": point_id})
    return read_latest(cursor.fetchone()[0])


def read_latest(text: str | None) -> dict[str, int]:
    found: dict[str, int] = json.loads(text or "{}")
    return found


def append(cursor: Any, columns: Sequence[Columns], *, point_id: UUID, known: set[str], now: datetime) -> int:
    """Says how many. `known`: the variables of which there is something already. In a transaction."""
    edges = _edges(cursor, [one for one in columns if one.variable in known], point_id)
    blocks = [(len(one), (*one.fields(point_id), Same(now))) for one in columns]
    with cursor.db.wrap_database_errors:  # a month without a partition is for the caller to make
        count = copy_arrays(cursor, "measurement", TABLE, blocks)
    copy_arrays(cursor, "measurement_staging", TABLE[:-1], [(1, _last(one).fields(point_id)) for one in columns])
    keep_latest(cursor)
    hours = [(one.variable, _hours(one, edges.get(one.variable, []))) for one in columns]
    copy_arrays(cursor, "rollup_made", MADE, [_made(point_id, variable, each) for variable, each in hours])
    copy_arrays(cursor, "measurement_changed", KEY, [_ends(point_id, one) for one in columns])
    keep_hours(cursor)
    return count


def _edges(cursor: Any, columns: Sequence[Columns], point_id: UUID) -> dict[str, Edge]:
    if not columns:
        return {}
    hours = [int(one.times[0]) // HOUR * HOUR for one in columns]
    cursor.execute(EDGE, {"point": point_id, "variables": [one.variable for one in columns], "hours": hours})
    found: dict[str, Edge] = {}
    for number, time, value, quality in cursor.fetchall():
        edge = found.setdefault(columns[number - 1].variable, [])
        edge.append((time, np.nan if value is None else value, quality))
    return found


def _hours(one: Columns, edge: Edge) -> Hours:
    """All that the hours hold, with what was there of the first."""
    begin = int(one.times[0]) // HOUR * HOUR
    inside = [row for row in edge if row[0] >= begin]
    since = next(((time, value) for time, value, _ in edge if time < begin), None)
    return hours_of(
        np.concatenate([np.array([time for time, _, _ in inside], np.int64), one.times]),
        np.concatenate([np.array([value for _, value, _ in inside], np.float64), one.values]),
        np.concatenate([np.array([quality for _, _, quality in inside], np.int64), one.quality]),
        since=since,
    )


def _last(one: Columns) -> Columns:
    return one.take(np.array([len(one) - 1]))


def _made(point_id: UUID, variable: str, hours: Hours) -> tuple[int, Sequence[Field]]:
    whole = {"hour", "rows", "good"}
    figures = [
        Numbers(values) if name in whole else Numbers(values, np.isnan(values))
        for name, values in zip(Hours._fields, hours, strict=True)
    ]
    return len(hours.hour), (Same(point_id), Same(variable), *figures)


def _ends(point_id: UUID, one: Columns) -> tuple[int, Sequence[Field]]:
    """Of each day the first and the last: whoever asks what changed asks from when to when."""
    starts: Int64 = np.flatnonzero(np.diff(one.times // DAY, prepend=-1))
    ends = np.append(starts[1:], len(one)) - 1
    times = one.times[np.unique(np.concatenate([starts, ends]))]
    return len(times), (Same(point_id), Same(one.variable), Numbers(times))


KEY = (Column("point_id", "uuid"), Column("variable", "text"), Column("time", "timestamptz"))
TABLE = (
    *KEY,
    Column("value", "float8"),
    Column("value_text", "text"),
    Column("quality", "int2"),
    Column("reasons", "int8"),
    Column("source_id", "uuid"),
    Column("config_version", "int4"),
    Column("meter_from", "timestamptz"),
    Column("known_since", "timestamptz"),
)
MADE = (
    Column("point_id", "uuid"),
    Column("variable", "text"),
    Column("hour", "timestamptz"),
    Column("count", "int4"),
    Column("good", "int4"),
    *(Column(name, "float8") for name in FIGURES.split(", ")[2:]),
)
