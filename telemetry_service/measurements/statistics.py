"""What the measurements of an interval look like, by series and window: counts by quality, extremes, mean, spread,
percentiles. By SQL over the measurements themselves: percentiles of hours do not add up to those of a day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from shared.db.replica import reader
from shared.db.unnest import by_column
from shared.errors import invalid
from telemetry_service.measurements.queries import VERSIONS
from telemetry_service.measurements.rollups import ZONES
from telemetry_service.measurements.series import in_pieces, series_of

Window = Literal["all", "hour", "day", "month"]
WINDOWS: tuple[Window, ...] = ("all", "hour", "day", "month")
# What one answer may have to walk through: a year of minutes of four series, about two seconds.
MOST_READ = 2_200_000
MOST_WINDOWS = 10_000
COUNTED = (1, 2, 3, 4, 9)
SHORTEST_S: dict[Window, int] = {"all": 10**12, "hour": 3600, "day": 82_800, "month": 28 * 86_400}
# The hours that the interval touches hold as many measurements as it does, or a few more.
COUNT = """
SELECT coalesce(sum(count), 0) FROM unnest(%(points)s::uuid[], %(variables)s::text[]) AS series (point_id, variable)
  JOIN measurement_hourly one USING (point_id, variable)
 WHERE one.hour >= date_trunc('hour', %(start)s::timestamptz) AND one.hour < %(end)s
"""
FIGURES = """
SELECT series.place, {window} AS "window", count(*),
       count(*) FILTER (WHERE quality = 1), count(*) FILTER (WHERE quality = 2), count(*) FILTER (WHERE quality = 3),
       count(*) FILTER (WHERE quality = 4), count(*) FILTER (WHERE quality = 9),
       count(value) FILTER (WHERE {counted}), min(value) FILTER (WHERE {counted}),
       max(value) FILTER (WHERE {counted}), avg(value) FILTER (WHERE {counted}),
       stddev_samp(value) FILTER (WHERE {counted}),
       percentile_cont(%(shares)s::float8[]) WITHIN GROUP (ORDER BY value) FILTER (WHERE {counted})
  FROM unnest(%(points)s::uuid[], %(variables)s::text[]) WITH ORDINALITY AS series (point_id, variable, place)
 CROSS JOIN LATERAL (
       SELECT time, value, quality FROM {table} one
        WHERE one.point_id = series.point_id AND one.variable = series.variable
          AND one.time >= %(start)s AND one.time < %(end)s OFFSET 0) one
 GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class StatisticsWanted:
    """`start <= time < end` of `points` × `variables` in ascending order. The figures are those of the measurements of
    `qualities`; percentiles in per cent. `as_of`: what was known at that instant, None is now."""

    points: Sequence[UUID]
    variables: Sequence[str]
    start: datetime
    end: datetime
    window: Window
    zone: str
    qualities: Sequence[int]
    percentiles: Sequence[float]
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Statistics:
    """`window` is its first instant; None where there is one window. `by_quality` counts all measurements, `count`
    those that have a number and one of the qualities asked for; `sd` is that of a sample."""

    point_id: str
    variable: str
    window: datetime | None
    measurements: int
    by_quality: dict[int, int]
    count: int
    min: float | None
    max: float | None
    mean: float | None
    sd: float | None
    percentiles: dict[float, float | None]


def statistics(wanted: StatisticsWanted) -> list[Statistics]:
    """By point, variable and window; windows without a measurement are left out.

    Raises InvalidInput where there would be more windows, or more measurements to read, than one answer may take.
    """
    ever = wanted.as_of is not None
    series = [
        one[:2] for one in series_of(wanted.points, wanted.variables, after=None, beginning="-infinity", ever=ever)
    ]
    _bound(wanted, series)
    found: list[Statistics] = []
    for some in in_pieces(series):
        found += _figures(wanted, some)
    return found


def _bound(wanted: StatisticsWanted, series: Sequence[tuple[UUID, str]]) -> None:
    windows = int((wanted.end - wanted.start).total_seconds() // SHORTEST_S[wanted.window] + 1) * len(series)
    if windows > MOST_WINDOWS:
        raise invalid(
            "window", f"serían hasta {windows} ventanas", expected=f"a lo más {MOST_WINDOWS}: una ventana mayor"
        )
    measurements = 0
    for some in in_pieces(series):
        with reader().cursor() as cursor:
            cursor.execute(COUNT, _asked(wanted, some))
            measurements += int(cursor.fetchone()[0])
    if measurements > MOST_READ:
        raise invalid("from", f"el intervalo tiene {measurements} mediciones", expected=f"uno con a lo más {MOST_READ}")


def _figures(wanted: StatisticsWanted, series: Sequence[tuple[UUID, str]]) -> list[Statistics]:
    query = FIGURES.format(
        window=_window(wanted.window),
        counted="quality = ANY(%(qualities)s)",
        table=VERSIONS if wanted.as_of else "measurement",
    )
    with reader().cursor() as cursor:
        cursor.execute(query, _asked(wanted, series))
        return [_statistics(wanted, series, row) for row in cursor.fetchall()]


def _window(window: Window) -> str:
    """The first instant of the window that holds a time; local hours, days and months of the zone."""
    if window == "all":
        return "NULL::timestamptz"
    return f"date_trunc('{window}', time, %(zone)s)"


def _asked(wanted: StatisticsWanted, series: Sequence[tuple[UUID, str]]) -> dict[str, Any]:
    points, variables = by_column(series)
    return {
        "points": points,
        "variables": variables,
        "start": wanted.start,
        "end": wanted.end,
        "zone": ZONES[wanted.zone],
        "qualities": list(wanted.qualities),
        "shares": [percentile / 100 for percentile in wanted.percentiles],
        "as_of": wanted.as_of,
    }


def _statistics(wanted: StatisticsWanted, series: Sequence[tuple[UUID, str]], row: tuple[Any, ...]) -> Statistics:
    place, window, measurements, *by_quality = row[:8]
    count, least, greatest, mean, sd, percentiles = row[8:]
    point, variable = series[place - 1]
    return Statistics(
        str(point),
        variable,
        window,
        measurements,
        dict(zip(COUNTED, by_quality, strict=True)),
        count,
        least,
        greatest,
        mean,
        sd,
        dict(zip(wanted.percentiles, percentiles or [None] * len(wanted.percentiles), strict=True)),
    )
