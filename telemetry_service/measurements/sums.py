"""Reads of hours, days and months. By SQL: the roll-ups hold what is asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.db.replica import reader
from shared.db.unnest import by_column
from telemetry_service.measurements.rollups import ZONES
from telemetry_service.measurements.series import in_pieces, series_of

Interval = Literal["hour", "day", "month"]
FIGURES = "count, good, first, last, min, max, sum, area, weighed_s, before"
HOURS = f"""
SELECT hour AS bucket, {FIGURES} FROM measurement_hourly
 WHERE point_id = {{point}} AND variable = {{variable}} AND hour > {{after}}
   AND hour >= %(start)s AND hour < %(end)s ORDER BY hour LIMIT %(limit)s
"""  # noqa: S608 the names are ours
DAYS = f"""
SELECT day AS bucket, {FIGURES} FROM measurement_daily
 WHERE point_id = {{point}} AND variable = {{variable}} AND zone = %(zone)s AND day > {{after}}
   AND day >= %(start)s AND day < %(end)s ORDER BY day LIMIT %(limit)s
"""  # noqa: S608 the names are ours
MONTHS = """
SELECT date_trunc('month', day)::date AS bucket, sum(count)::int AS count,
       sum(good)::int AS good,
       (array_agg(first ORDER BY day) FILTER (WHERE good > 0))[1],
       (array_agg(last ORDER BY day DESC) FILTER (WHERE good > 0))[1],
       min(min), max(max), sum(sum ORDER BY day), sum(area ORDER BY day), sum(weighed_s ORDER BY day),
       (array_agg(before ORDER BY day) FILTER (WHERE good > 0))[1]
  FROM measurement_daily
 WHERE point_id = {point} AND variable = {variable} AND zone = %(zone)s
   AND day >= ({after} + interval '1 month')::date AND day >= %(start)s AND day < %(end)s
 GROUP BY point_id, variable, date_trunc('month', day) ORDER BY bucket LIMIT %(limit)s
"""
QUERIES: dict[Interval, tuple[str, str]] = {
    "hour": (HOURS, "timestamptz"),
    "day": (DAYS, "date"),
    "month": (MONTHS, "date"),
}
# One series alone is asked for by its key: then the planner leaves out the partitions that cannot have it.
ALONE = "SELECT found.*, 1 FROM ({inner}) found ORDER BY found.bucket"
ITSELF = {"point": "%(point)s::uuid", "variable": "%(variable)s", "after": "%(after)s::{type}"}
OF_MANY = {"point": "series.point_id", "variable": "series.variable", "after": "series.after"}
AROUND = """
SELECT found.*, series.place FROM unnest(%(points)s::uuid[], %(variables)s::text[], %(after)s::{type}[])
       WITH ORDINALITY AS series (point_id, variable, after, place)
 CROSS JOIN LATERAL ({inner}) found
 ORDER BY series.place, found.bucket LIMIT %(limit)s
"""
LONG_AGO = date(1, 1, 1)


# Not frozen: that would make a year of hours cost a quarter more.
@dataclass(slots=True)
class Sums:
    """A bucket's figures, over its good measurements but for `count`. `bucket`: an instant, or a date in the zone."""

    point_id: str
    variable: str
    bucket: datetime | date
    count: int
    good: int
    first: float | None
    last: float | None
    min: float | None
    max: float | None
    sum: float | None
    area: float
    weighed_s: float
    before: float | None

    @property
    def mean(self) -> float | None:
        return None if self.sum is None else self.sum / self.good

    @property
    def weighted_mean(self) -> float | None:
        return self.area / self.weighed_s if self.weighed_s else None

    @property
    def change(self) -> float | None:
        """By how much it grew since the last good value before: of the continuous volume, what was drawn."""
        if self.last is None or self.first is None:
            return None
        return self.last - (self.first if self.before is None else self.before)


@dataclass(frozen=True, slots=True)
class SumsWanted:
    """Buckets that begin in `start <= … < end`, of `points` × `variables` in ascending order."""

    points: Sequence[UUID]
    variables: Sequence[str]
    interval: Interval
    zone: str
    start: datetime
    end: datetime


def sums(wanted: SumsWanted, *, after: tuple[UUID, str, str] | None, limit: int) -> list[Sums]:
    """The first `limit` buckets behind the key `after`, by point, variable and time."""
    beginning = "-infinity" if QUERIES[wanted.interval][1] == "timestamptz" else LONG_AGO.isoformat()
    found: list[Sums] = []
    for some in in_pieces(series_of(wanted.points, wanted.variables, after=after, beginning=beginning)):
        names = [(str(point), variable) for point, variable, _ in some]
        found += [Sums(*names[row[-1] - 1], *row[:-1]) for row in _rows(wanted, some, limit - len(found))]
        if len(found) >= limit:
            break
    return found


def _rows(wanted: SumsWanted, series: Sequence[tuple[UUID, str, str]], limit: int) -> list[tuple[Any, ...]]:
    """Bucket and figures, and behind them the place of their series."""
    inner, kind = QUERIES[wanted.interval]
    asked: dict[str, Any] = {"zone": wanted.zone, "limit": limit, **_bounds(wanted)}
    if len(series) == 1:
        asked |= dict(zip(("point", "variable", "after"), series[0], strict=True))
        query = ALONE.format(inner=inner.format(**ITSELF).format(type=kind))
    else:
        points, variables, reached = by_column(series)
        asked |= {"points": points, "variables": variables, "after": reached}
        query = AROUND.format(inner=inner.format(**OF_MANY), type=kind)
    with reader().cursor() as cursor:
        cursor.execute(query, asked)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _bounds(wanted: SumsWanted) -> dict[str, datetime | date]:
    """Instants for hours; else the first day or month that begins in the interval, and the first that does not."""
    if wanted.interval == "hour":
        return {"start": wanted.start, "end": wanted.end}
    zone, first = ZoneInfo(ZONES[wanted.zone]), _first_day if wanted.interval == "day" else _first_month
    return {"start": first(wanted.start, zone), "end": first(wanted.end, zone)}


def _first_day(at: datetime, zone: ZoneInfo) -> date:
    local = at.astimezone(zone)
    begins = datetime(local.year, local.month, local.day, tzinfo=zone).astimezone(UTC)
    return local.date() if begins >= at.astimezone(UTC) else local.date() + timedelta(days=1)


def _first_month(at: datetime, zone: ZoneInfo) -> date:
    day = _first_day(at, zone)
    return day if day.day == 1 else (day.replace(day=1) + timedelta(days=32)).replace(day=1)
