"""Reads of measurements. By SQL: the ORM's model instances would be most of the cost."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from telemetry_service.measurements.models import Variable

# Series asked for in one query: each is one short walk along the key.
TOGETHER = 50


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
    """`start <= time < end`, None is open. `points` and `variables` in ascending order, `qualities` empty for all."""

    points: Sequence[UUID]
    variables: Sequence[str]
    start: datetime | None
    end: datetime | None
    qualities: Sequence[int]


DATA = """
SELECT found.* FROM unnest(%(points)s::uuid[], %(variables)s::text[], %(after)s::timestamptz[])
       WITH ORDINALITY AS series (point_id, variable, after, place)
 CROSS JOIN LATERAL (
       SELECT point_id::text, variable, time, value, value_text, value_bool, quality, reasons, source_id::text,
              config_version, known_since
         FROM measurement
        WHERE point_id = series.point_id AND variable = series.variable
          AND time > series.after {bounds}
        ORDER BY time LIMIT %(limit)s) found
 ORDER BY series.place, found.time LIMIT %(limit)s
"""
BOUNDS = {
    "start": "AND time >= %(start)s",
    "end": "AND time < %(end)s",
    "qualities": "AND quality = ANY(%(qualities)s)",
}


def measurements(wanted: Wanted, *, after: tuple[UUID, str, datetime] | None, limit: int) -> list[Row]:
    """The first `limit` measurements behind the key `after`, by point, variable and time."""
    rows: list[Row] = []
    series = list(_series(wanted, after))
    for first in range(0, len(series), TOGETHER):
        rows += _rows(series[first : first + TOGETHER], wanted, limit - len(rows))
        if len(rows) >= limit:
            break
    return rows


def _series(wanted: Wanted, after: tuple[UUID, str, datetime] | None) -> Iterator[tuple[UUID, str, str]]:
    reached = after[:2] if after else None
    for point in wanted.points:
        for variable in wanted.variables:
            if reached is None or (point, variable) > reached:
                yield point, variable, "-infinity"
            elif after and (point, variable) == reached:
                yield point, variable, after[2].isoformat()


def _rows(series: Sequence[tuple[UUID, str, str]], wanted: Wanted, limit: int) -> list[Row]:
    # A bound that nobody gave would keep the planner from leaving out the partitions beyond the others.
    bounds = " ".join(sql for name, sql in BOUNDS.items() if getattr(wanted, name))
    points, variables, after = (list(column) for column in zip(*series, strict=True))
    asked: dict[str, Any] = {"points": points, "variables": variables, "after": after, "limit": limit}
    with connection.cursor() as cursor:
        cursor.execute(
            DATA.format(bounds=bounds),
            {**asked, "start": wanted.start, "end": wanted.end, "qualities": list(wanted.qualities)},
        )
        return [_row(row) for row in cursor.fetchall()]


def _row(row: tuple[Any, ...]) -> Row:
    point_id, variable, time, number, text, flag, *rest = row
    value = number if number is not None else text if text is not None else flag
    return Row(point_id, variable, time, value, *rest)


@lru_cache(maxsize=1)
def units() -> dict[str, str]:
    """Unit by variable code. Variables come with migrations, so a process reads them once."""
    return dict(Variable.objects.order_by("code").values_list("code", "unit"))
