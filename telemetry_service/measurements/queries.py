"""Reads of measurements. By SQL: the ORM's model instances would be most of the cost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from telemetry_service.measurements.models import Variable
from telemetry_service.measurements.series import in_pieces, series_of


class Row(NamedTuple):
    """Ids as text: nobody calculates with them, and making UUIDs of them costs as much as the query."""

    point_id: str
    variable: str
    time: datetime
    value: float | str | bool | None
    quality: int
    reasons: int
    source_id: str
    config_version: int | None
    known_since: datetime


@dataclass(frozen=True, slots=True)
class Wanted:
    """`start <= time < end`, None is open. `points` and `variables` in ascending order, `qualities` empty for all.

    `as_of`: what was known at that instant, None is now.
    """

    points: Sequence[UUID]
    variables: Sequence[str]
    start: datetime | None
    end: datetime | None
    qualities: Sequence[int]
    as_of: datetime | None = None


DATA = """
SELECT found.* FROM unnest(%(points)s::uuid[], %(variables)s::text[], %(after)s::timestamptz[])
       WITH ORDINALITY AS series (point_id, variable, after, place)
 CROSS JOIN LATERAL (
       SELECT point_id::text, variable, time, value, value_text, value_bool, quality, reasons, source_id::text,
              config_version, known_since
         FROM {table}
        WHERE point_id = series.point_id AND variable = series.variable
          AND time > series.after {bounds}
        ORDER BY time LIMIT %(limit)s) found
 ORDER BY series.place, found.time LIMIT %(limit)s
"""
KNOWN = (
    "point_id, variable, time, value, value_text, value_bool, quality, reasons, source_id, config_version, known_since"
)
# Of each measurement exactly one version was known at an instant, or none.
VERSIONS = f"""(
       SELECT {KNOWN} FROM measurement WHERE known_since <= %(as_of)s
        UNION ALL
       SELECT {KNOWN} FROM measurement_past WHERE known_since <= %(as_of)s AND known_until > %(as_of)s) version
"""  # noqa: S608 the names are ours
BOUNDS = {
    "start": "AND time >= %(start)s",
    "end": "AND time < %(end)s",
    "qualities": "AND quality = ANY(%(qualities)s)",
}


def measurements(wanted: Wanted, *, after: tuple[UUID, str, datetime] | None, limit: int) -> list[Row]:
    """The first `limit` measurements behind the key `after`, by point, variable and time."""
    reached = (*after[:2], after[2].isoformat()) if after else None
    rows: list[Row] = []
    for some in in_pieces(series_of(wanted.points, wanted.variables, after=reached, beginning="-infinity")):
        rows += _rows(some, wanted, limit - len(rows))
        if len(rows) >= limit:
            break
    return rows


def _rows(series: Sequence[tuple[UUID, str, str]], wanted: Wanted, limit: int) -> list[Row]:
    # A bound that nobody gave would keep the planner from leaving out the partitions beyond the others.
    bounds = " ".join(sql for name, sql in BOUNDS.items() if getattr(wanted, name))
    points, variables, after = (list(column) for column in zip(*series, strict=True))
    asked: dict[str, Any] = {"points": points, "variables": variables, "after": after, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(
            DATA.format(bounds=bounds, table=VERSIONS if wanted.as_of else "measurement"),
            {
                **asked,
                "start": wanted.start,
                "end": wanted.end,
                "qualities": list(wanted.qualities),
                "as_of": wanted.as_of,
            },
        )
        return [_row(row) for row in cursor.fetchall()]


def _row(row: tuple[Any, ...]) -> Row:
    point_id, variable, time, number, text, flag, *rest = row
    return Row(point_id, variable, time, _value(number, text, flag), *rest)


def _value(number: float | None, text: str | None, flag: bool | None) -> float | str | bool | None:
    if number is not None:
        return number
    return text if text is not None else flag


class Latest(NamedTuple):
    point_id: str
    variable: str
    time: datetime
    value: float | str | bool | None
    quality: int
    reasons: int
    source_id: str
    config_version: int | None


LATEST = """
SELECT point_id::text, variable, time, value, value_text, value_bool, quality, reasons, source_id::text, config_version
  FROM measurement_latest WHERE point_id = ANY(%s::uuid[]) AND variable = ANY(%s) ORDER BY point_id, variable
"""


def latest(*, points: Sequence[UUID], variables: Sequence[str]) -> list[Latest]:
    """The newest measurement of each of the series that has one, whatever its quality."""
    with connection.cursor() as cursor:
        cursor.execute(LATEST, [list(points), list(variables)])
        return [_latest(row) for row in cursor.fetchall()]


def _latest(row: tuple[Any, ...]) -> Latest:
    point_id, variable, time, number, text, flag, *rest = row
    return Latest(point_id, variable, time, _value(number, text, flag), *rest)


@lru_cache(maxsize=1)
def units() -> dict[str, str]:
    """Unit by variable code. Variables come with migrations, so a process reads them once."""
    return dict(Variable.objects.order_by("code").values_list("code", "unit"))
