"""Reads of measurements. By SQL: the ORM's model instances would be most of the cost."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from shared.db.replica import reader
from shared.db.unnest import by_column
from telemetry_service.measurements.models import Variable
from telemetry_service.measurements.series import in_pieces, series_of

UNITS_KEPT_S = 10


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


Key = tuple[UUID | str, str, datetime]
# One series alone is asked for by its key: then the planner leaves out the partitions that cannot have it. Order by
# `one.time`: `time` alone would be the text of it where that is asked for, and cost a sort of the whole series.
ONE = "SELECT {columns}, 1 FROM ({found}) one ORDER BY one.time"
MANY = """
SELECT {columns}, series.place FROM unnest(%(points)s::uuid[], %(variables)s::text[], %(after)s::timestamptz[])
       WITH ORDINALITY AS series (point_id, variable, after, place)
 CROSS JOIN LATERAL ({found}) one
 ORDER BY series.place, one.time LIMIT %(limit)s
"""
ITSELF = {"point": "%(point)s", "variable": "%(variable)s", "after": "%(after)s"}
OF_MANY = {"point": "series.point_id", "variable": "series.variable", "after": "series.after"}
# The members of a Row behind its series, then what stands for a value that is no number.
COLUMNS = "time, value, quality, reasons, source_id::text, config_version, known_since, value_text, value_bool"
# A number's text is the shortest that reads back as the same number, as JSON's is.
TEXTS = """one.time::text, coalesce(value::text, to_json(value_text)::text, value_bool::text, 'null'), quality, reasons,
       source_id::text, config_version, known_since::text"""
KNOWN = (
    "point_id, variable, time, value, value_text, value_bool, quality, reasons, source_id, config_version, known_since"
)
# Of each measurement exactly one version was known at an instant, or none.
VERSIONS = f"""(
       SELECT {KNOWN} FROM measurement WHERE known_since <= %(as_of)s
        UNION ALL
       SELECT {KNOWN} FROM measurement_past WHERE known_since <= %(as_of)s AND known_until > %(as_of)s)
"""  # noqa: S608 the names are ours
FOUND = f"""
SELECT {KNOWN} FROM {{table}} one
 WHERE one.point_id = {{point}} AND one.variable = {{variable}} AND one.time > {{after}} {{bounds}}
 ORDER BY one.time LIMIT %(limit)s
"""  # noqa: S608 the names are ours
# Each part by its own key and no further than the page: all versions in one would be sorted whole, page after page.
THEN = """
({now}) UNION ALL ({past}) ORDER BY time LIMIT %(limit)s
"""
KNOWN_THEN = "AND known_since <= %(as_of)s"
BOUNDS = {
    "start": "AND one.time >= %(start)s",
    "end": "AND one.time < %(end)s",
    "qualities": "AND quality = ANY(%(qualities)s)",
}
Walk = Iterator[tuple[str, str, list[tuple[Any, ...]]]]


def measurements(wanted: Wanted, *, after: Key | None, limit: int) -> list[Row]:
    """The first `limit` measurements behind the key `after`, by point, variable and time."""
    return [
        _row(point, variable, row)
        for point, variable, rows in _walk(COLUMNS, wanted, after=after, limit=limit)
        for row in rows
    ]


def text_rows(wanted: Wanted, *, after: Key | None, limit: int) -> Walk:
    """As `measurements`, series by series, in the words of the database: time, value as JSON, quality, reasons, source,
    configuration version, known since. Both instants as `2024-03-25 17:00:00+00`."""
    return _walk(TEXTS, wanted, after=after, limit=limit)


def _walk(columns: str, wanted: Wanted, *, after: Key | None, limit: int) -> Walk:
    reached = (UUID(str(after[0])), after[1], after[2].isoformat()) if after else None
    ever = wanted.as_of is not None
    for some in in_pieces(series_of(wanted.points, wanted.variables, after=reached, beginning="-infinity", ever=ever)):
        rows = _rows(columns, some, wanted, limit)
        for place, found in groupby(rows, key=itemgetter(-1)):
            point, variable, _ = some[place - 1]
            yield str(point), variable, list(found)
        limit -= len(rows)
        if limit <= 0:
            break


def _rows(columns: str, series: Sequence[tuple[UUID, str, str]], wanted: Wanted, limit: int) -> list[tuple[Any, ...]]:
    asked: dict[str, Any] = {
        "limit": limit,
        "start": wanted.start,
        "end": wanted.end,
        "qualities": list(wanted.qualities),
        "as_of": wanted.as_of,
    }
    with reader().cursor() as cursor:
        if len(series) == 1:
            asked |= dict(zip(("point", "variable", "after"), series[0], strict=True))
            cursor.execute(ONE.format(columns=columns, found=_found(wanted, ITSELF)), asked)
        else:
            points, variables, after = by_column(series)
            asked |= {"points": points, "variables": variables, "after": after}
            cursor.execute(MANY.format(columns=columns, found=_found(wanted, OF_MANY)), asked)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _found(wanted: Wanted, series: dict[str, str]) -> str:
    # A bound that nobody gave would keep the planner from leaving out the partitions beyond the others.
    bounds = " ".join(sql for name, sql in BOUNDS.items() if getattr(wanted, name))
    if wanted.as_of is None:
        return FOUND.format(table="measurement", bounds=bounds, **series)
    now, past = f"{bounds} {KNOWN_THEN}", f"{bounds} {KNOWN_THEN} AND known_until > %(as_of)s"
    return THEN.format(
        now=FOUND.format(table="measurement", bounds=now, **series),
        past=FOUND.format(table="measurement_past", bounds=past, **series),
    )


def _row(point: str, variable: str, row: tuple[Any, ...]) -> Row:
    if row[1] is None:
        time, _, *rest, text, flag, _ = row
        return Row(point, variable, time, flag if text is None else text, *rest)
    return Row._make((point, variable, *row[:7]))


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
SELECT point_id::text, variable, time, value, quality, reasons, source_id::text, config_version, value_text, value_bool
  FROM measurement_latest WHERE point_id = ANY(%s::uuid[]) AND variable = ANY(%s) ORDER BY point_id, variable
"""


def latest(*, points: Sequence[UUID], variables: Sequence[str]) -> list[Latest]:
    """The newest measurement of each of the series that has one, whatever its quality."""
    with reader().cursor() as cursor:
        cursor.execute(LATEST, [list(points), list(variables)])
        return [_latest(row) for row in cursor.fetchall()]


def _latest(row: tuple[Any, ...]) -> Latest:
    if row[3] is None:
        point_id, variable, time, _, *rest, text, flag = row
        return Latest(point_id, variable, time, flag if text is None else text, *rest)
    return Latest._make(row[:8])


def units() -> dict[str, str]:
    """Unit by variable code. A new virtual variable is known everywhere some seconds after it was made."""
    return units_in(time.monotonic() // UNITS_KEPT_S)


@lru_cache(maxsize=1)
def units_in(_span: float) -> dict[str, str]:
    return dict(Variable.objects.order_by("code").values_list("code", "unit"))
