"""Reads of what derived variables are made of. By SQL, into arrays."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from django.db import connection

from shared.db.replica import reader
from telemetry_service.measurements.store import DERIVED
from telemetry_service.points.queries import config_versions
from telemetry_service.virtual.align import EMPTY, Rows, joined
from telemetry_service.virtual.definitions import Series, Version, definitions_of

ROWS = """
SELECT asked.place, (extract(epoch FROM found.time) * 1000000)::bigint, coalesce(found.value, 'NaN'), found.quality,
       found.reasons, found.source_id = %(derived)s
  FROM unnest(%(points)s::uuid[], %(variables)s::text[]) WITH ORDINALITY AS asked (point_id, variable, place)
 CROSS JOIN LATERAL (
       SELECT time, value, quality, reasons, source_id FROM measurement
        WHERE point_id = asked.point_id AND variable = asked.variable AND time >= %(start)s AND time <= %(end)s
        ORDER BY time OFFSET 0) found
"""
COUNT = """
SELECT coalesce(sum(found.rows), 0)::bigint
  FROM unnest(%(points)s::uuid[], %(variables)s::text[]) AS asked (point_id, variable)
 CROSS JOIN LATERAL (
       SELECT count(*) AS rows FROM measurement
        WHERE point_id = asked.point_id AND variable = asked.variable AND time >= %(start)s AND time <= %(end)s) found
"""
ENDS = """
SELECT min(found.first), max(found.last)
  FROM unnest(%(points)s::uuid[], %(variables)s::text[]) AS asked (point_id, variable)
 CROSS JOIN LATERAL (
       SELECT min(time) AS first, max(time) AS last FROM measurement
        WHERE point_id = asked.point_id AND variable = asked.variable) found
"""
MADE = """
SELECT min(time), max(time) FROM measurement WHERE point_id = %(point)s AND source_id = %(derived)s
"""


class Found(NamedTuple):
    """A series' rows that were read, and the times of those that were made."""

    read: Rows
    made: Rows

    @property
    def all(self) -> Rows:
        return joined(self.read, self.made)


def versions_of(point_id: UUID) -> list[Version]:
    """In the order in which they hold."""
    return [
        Version(one.version, one.valid_from, definitions_of(point_id, one.config)) for one in config_versions(point_id)
    ]


def rows_of(series: Collection[Series], *, start: datetime, end: datetime) -> dict[Series, Found]:
    """Their measurements with `start <= time <= end`."""
    ordered = list(series)
    asked = _columns(ordered) | {"start": start, "end": end, "derived": DERIVED}
    parts: dict[int, list[tuple[int, int, float, int, int, bool]]] = {}
    with reader().cursor() as cursor:
        cursor.execute(ROWS, asked)
        for row in cursor.fetchall():
            parts.setdefault(row[0] - 1, []).append(row)
    return {one: _found(parts.get(place, [])) for place, one in enumerate(ordered)}


def count_of(series: Collection[Series], *, start: datetime, end: datetime) -> int:
    """How many measurements `rows_of` would read."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, _columns(list(series)) | {"start": start, "end": end})
        (count,) = cursor.fetchone()
    return int(count)


def ends_of(point_id: UUID, series: Collection[Series]) -> tuple[datetime, datetime] | None:
    """Between which times there is any of `series`, or anything derived of the point; None where there is nothing."""
    times: list[datetime] = []
    with connection.cursor() as cursor:
        cursor.execute(ENDS, _columns(list(series)))
        times += _said(cursor.fetchone())
        cursor.execute(MADE, {"point": point_id, "derived": DERIVED})
        times += _said(cursor.fetchone())
    return (min(times), max(times)) if times else None


def has_derived(point_id: UUID) -> bool:
    """Whether anything derived of the point is there, under whatever definition it was made."""
    with connection.cursor() as cursor:
        cursor.execute(MADE, {"point": point_id, "derived": DERIVED})
        return bool(_said(cursor.fetchone()))


def _said(row: Iterable[datetime | None] | None) -> list[datetime]:
    return [one for one in row or () if one is not None]


def _columns(series: Sequence[Series]) -> dict[str, Any]:
    return {"points": [str(one.point_id) for one in series], "variables": [one.variable for one in series]}


def _found(rows: Sequence[tuple[int, int, float, int, int, bool]]) -> Found:
    if not rows:
        return Found(EMPTY, EMPTY)
    _, times, values, qualities, reasons, made = zip(*rows, strict=True)
    whole = Rows(
        np.array(times, dtype=np.int64),
        np.array(values),
        np.array(qualities, dtype=np.int64),
        np.array(reasons, dtype=np.int64),
    )
    derived = np.array(made)
    return Found(whole.where(~derived), whole.where(derived))
