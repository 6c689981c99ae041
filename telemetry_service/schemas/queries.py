"""Schemas, and the groups that they make of measurements: read when asked for, stored nowhere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID

import numpy as np
from django.db import connection

from shared.errors import NotFound, invalid
from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.measurements.queries import latest
from telemetry_service.measurements.sums import Interval, Sums, SumsWanted, sums
from telemetry_service.schemas.grouping import Columns, Layout, grouped
from telemetry_service.schemas.models import TelemetrySchema
from telemetry_service.virtual.align import align
from telemetry_service.virtual.definitions import Series
from telemetry_service.virtual.derive import microseconds
from telemetry_service.virtual.queries import rows_of

MOST_BUCKETS = 10_000
PERIODS = {"hour": timedelta(hours=1), "day": timedelta(days=1), "month": timedelta(days=28)}


class Group(NamedTuple):
    """What a schema says of a point at `timestamp`: an instant, or the date on which a period begins in its zone."""

    point_id: UUID
    timestamp: datetime | date
    said: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """`start <= time < end`, None is open for instants. `points` in ascending order."""

    points: Sequence[UUID]
    start: datetime | None
    end: datetime | None


def find_schema(schema_id: UUID) -> TelemetrySchema:
    schema = TelemetrySchema.objects.filter(id=schema_id).first()
    if schema is None:
        raise NotFound(f"No hay un esquema {schema_id}.")
    return schema


def page_of_schemas(*, kind: str | None, after: str | None, limit: int) -> list[TelemetrySchema]:
    """By name."""
    schemas = TelemetrySchema.objects.order_by("name")
    if kind:
        schemas = schemas.filter(schema_type=kind)
    if after:
        schemas = schemas.filter(name__gt=after)
    return list(schemas[:limit])


def groups(layout: Layout, wanted: Wanted, *, after: tuple[UUID, str] | None, limit: int) -> list[Group]:
    """The first `limit` groups behind the key `after`, by point and time."""
    read = _instants if layout.interval == "instant" else _periods
    found: list[Group] = []
    for point_id in wanted.points:
        if after and point_id < after[0]:
            continue
        reached = after[1] if after and point_id == after[0] else None
        found += read(layout, wanted, point_id, reached, limit - len(found))
        if len(found) >= limit:
            break
    return found


def latest_groups(layout: Layout, points: Sequence[UUID]) -> Iterator[Group]:
    """Of each point that has any, the newest value of every variable; each says its own time."""
    rows = latest(points=points, variables=layout.variables)
    by_point: dict[str, dict[str, Any]] = {}
    for row in rows:
        by_point.setdefault(row.point_id, {})[row.variable] = row
    for point_id, known in by_point.items():
        columns = {code: _one(known.get(code)) for code in layout.variables}
        (said,) = grouped(layout, columns, 1)
        for cells in said["grouped_data"].values():
            for code, cell in cells.items():
                cell["time"] = known[code].time if code in known else None
        yield Group(UUID(point_id), max(row.time for row in known.values()), said)


TIMES = """
SELECT DISTINCT found.time FROM unnest(%(variables)s::text[]) AS series (variable)
 CROSS JOIN LATERAL (
       SELECT time FROM measurement
        WHERE point_id = %(point)s AND variable = series.variable {bounds}
        ORDER BY time LIMIT %(limit)s) found
 ORDER BY found.time LIMIT %(limit)s
"""
BOUNDS = {"start": "AND time >= %(start)s", "end": "AND time < %(end)s", "after": "AND time > %(after)s"}


def _instants(layout: Layout, wanted: Wanted, point_id: UUID, after: str | None, limit: int) -> list[Group]:
    given = {"start": wanted.start, "end": wanted.end, "after": after}
    # A bound that nobody gave would keep the planner from leaving out partitions.
    query = TIMES.format(bounds=" ".join(sql for name, sql in BOUNDS.items() if given[name]))
    asked: dict[str, Any] = {"point": point_id, "variables": list(layout.variables), "limit": limit, **given}
    with connection.cursor() as cursor:
        cursor.execute(query, asked)
        times = [time for (time,) in cursor.fetchall()]
    if not times:
        return []
    rows = grouped(layout, _columns_at(layout, point_id, times), len(times))
    return [Group(point_id, time, said) for time, said in zip(times, rows, strict=True)]


def _columns_at(layout: Layout, point_id: UUID, times: Sequence[datetime]) -> dict[str, Columns]:
    reach = timedelta(microseconds=max(layout.tolerance_us, layout.hold_us))
    series = {code: Series(point_id, code) for code in layout.variables}
    found = rows_of(series.values(), start=times[0] - reach, end=times[-1])
    instants = np.array([microseconds(time) for time in times], dtype=np.int64)
    pace = {"tolerance_us": layout.tolerance_us, "hold_us": layout.hold_us}
    aligned = {code: align(found[key].all, instants, **pace) for code, key in series.items()}
    return {code: Columns(one.values, one.qualities, one.reasons) for code, one in aligned.items()}


def _periods(layout: Layout, wanted: Wanted, point_id: UUID, after: str | None, limit: int) -> list[Group]:
    start, end = _bounded(layout, wanted)
    found = sums(
        SumsWanted(
            points=[point_id],
            variables=layout.variables,
            interval=cast("Interval", layout.interval),
            zone=layout.processing.get("zone", "utc"),
            start=start,
            end=end,
        ),
        after=None,
        limit=MOST_BUCKETS * len(layout.variables),
    )
    by_bucket: dict[datetime | date, dict[str, Sums]] = {}
    for row in found:
        if after is None or row.bucket.isoformat() > after:
            by_bucket.setdefault(row.bucket, {})[row.variable] = row
    buckets = sorted(by_bucket, key=lambda bucket: bucket.isoformat())[:limit]
    columns = {
        code: figures_of(layout.figure(code), [by_bucket[one].get(code) for one in buckets])
        for code in layout.variables
    }
    rows = grouped(layout, columns, len(buckets))
    return [Group(point_id, bucket, said) for bucket, said in zip(buckets, rows, strict=True)]


def _bounded(layout: Layout, wanted: Wanted) -> tuple[datetime, datetime]:
    if wanted.start is None or wanted.end is None:
        field = "from" if wanted.start is None else "to"
        raise invalid(field, "falta", expected="un instante: un esquema de períodos se pide entre dos")
    if (wanted.end - wanted.start) / PERIODS[layout.interval] > MOST_BUCKETS:
        raise invalid("to", "demasiados períodos", received=wanted.end, expected=f"a lo más {MOST_BUCKETS}")
    return wanted.start, wanted.end


def figures_of(figure: str, rows: Sequence[Sums | None]) -> Columns:
    """Figures are of the good measurements alone; a period that has none has no value."""
    values = [None if row is None else getattr(row, figure) for row in rows]
    numbers = np.array([np.nan if value is None else float(value) for value in values], dtype=np.float64)
    absent = np.isnan(numbers)
    qualities = np.where(absent, int(Quality.MISSING), int(Quality.GOOD))
    return Columns(numbers, qualities, np.where(absent, int(Reason.MISSING_INPUT), 0))


def _one(row: Any) -> Columns:
    if row is None:
        return Columns(np.array([np.nan]), np.array([int(Quality.MISSING)]), np.array([int(Reason.MISSING_INPUT)]))
    number = isinstance(row.value, float | int) and not isinstance(row.value, bool)
    value = float(row.value) if number else np.nan
    return Columns(np.array([value]), np.array([row.quality]), np.array([row.reasons]))


def breaks_a_rule(group: Mapping[str, Any]) -> bool:
    return bool(group["grouping_metadata"]["invalid"])
