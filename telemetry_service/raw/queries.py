"""Reads of raw rows. By SQL: the ORM's datetime conversion would be most of the cost."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from shared.db.unnest import by_column
from telemetry_service.raw.column_reads import whole_columns
from telemetry_service.raw.columns import RawColumns, columns_of_rows
from telemetry_service.raw.models import ProcessBacklog, Series
from telemetry_service.raw.precedence import Standing, Standings, disagree, reach, speaking

PIECE = 5000


@dataclass(frozen=True, slots=True)
class RawReading:
    """One raw row and the variable its key stands for. `value` is the provider's own text."""

    source_id: UUID
    key: str
    variable: str
    device_time: datetime
    value: str
    unit: str
    received_at: datetime
    flags: int = 0


READINGS = """
SELECT raw.source_id, raw.key, series.variable, raw.device_time, raw.value, raw.unit, raw.received_at,
       raw.flags
  FROM raw_series series
  JOIN raw_telemetry_data raw ON raw.source_id = series.source_id AND raw.key = series.key
 WHERE series.point_id = %(point)s AND series.withdrawn_at IS NULL
   AND (%(variables)s::text[] IS NULL OR series.variable = ANY(%(variables)s::text[]))
   AND raw.device_time >= %(start)s AND raw.device_time < %(end)s
 ORDER BY raw.device_time, series.variable, raw.source_id, raw.key
"""


def readings(
    *, point_id: UUID, start: datetime, end: datetime, variables: Iterable[str] | None = None
) -> Iterator[RawReading]:
    """The point's raw rows that speak (see precedence) with `start <= device_time < end`, by time.

    The order is total, so that the same rows always come in the same order, whatever the order of their arrival.
    """
    wanted = None if variables is None else list(variables)
    standings = standings_of(point_id)
    around = reach(standings.values())
    rows = _rows(point_id, wanted, _shifted(start, -around), _shifted(end, around))
    if not disagree(standings.values()):
        return rows
    return (row for row in speaking(list(rows), standings) if start <= row.device_time < end)


def columns(*, point_id: UUID, start: datetime, end: datetime, standings: Standings | None = None) -> list[RawColumns]:
    """As `readings`, by columns: of each variable and source one. `standings` where they are known already."""
    if not disagree((standings_of(point_id) if standings is None else standings).values()):
        found = whole_columns(point_id=point_id, start=start, end=end)
        if found is not None:
            return found
    return columns_of_rows(readings(point_id=point_id, start=start, end=end))


def all_readings(*, point_id: UUID, variable: str, start: datetime, end: datetime) -> list[RawReading]:
    """Those that are silenced too, by time: for whoever asks what would be heard if the series stood otherwise."""
    return list(_rows(point_id, [variable], start, end))


def _rows(point_id: UUID, variables: list[str] | None, start: datetime, end: datetime) -> Iterator[RawReading]:
    with connection.cursor() as cursor:
        cursor.execute(READINGS, {"point": point_id, "variables": variables, "start": start, "end": end})
        while rows := cursor.fetchmany(PIECE):
            for row in rows:
                yield RawReading(*row)


def _shifted(at: datetime, by: timedelta) -> datetime:
    """The ends of time stay where they are."""
    try:
        return at + by
    except OverflowError:
        return at


class Heard(NamedTuple):
    """How a point's series stand to each other, those withdrawn left out.

    `silenced`: whether rows of the point may have spoken once that speak no more.
    """

    standings: Standings
    silenced: bool


# For whoever asks for more of the point in the same statement; `heard_of` reads it.
SERIES_TEXT = """
(SELECT json_agg(json_build_array(source_id, key, rank, holds_s, span_from, span_to, variable, withdrawn_at IS NOT NULL)
                 ORDER BY source_id, key)::text
   FROM raw_series WHERE point_id = %(point)s)
"""


@lru_cache(maxsize=5000)
def heard_of(text: str | None) -> Heard:
    """The same text is the same series: most points' never change."""
    series = json.loads(text or "[]")
    ranks, withdrawn = {one[2] for one in series}, any(one[-1] for one in series)
    return Heard(dict(_standing(*one[:-1]) for one in series if not one[-1]), len(ranks) > 1 or withdrawn)


def _standing(
    source: str, key: str, rank: int, holds_s: int, first: str | None, last: str | None, variable: str
) -> tuple[tuple[UUID, str], Standing]:
    span = (datetime.fromisoformat(first), datetime.fromisoformat(last)) if first and last else None
    return (UUID(source), key), Standing(rank, timedelta(seconds=holds_s), span, variable)


def standings_of(point_id: UUID) -> Standings:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {SERIES_TEXT}", {"point": point_id})
        return heard_of(cursor.fetchone()[0]).standings


# Most points have series of one rank: theirs need not be looked at one by one.
DISAGREEING = """
SELECT point_id, rank, holds_s FROM raw_series
 WHERE withdrawn_at IS NULL AND point_id IN (
       SELECT point_id FROM raw_series WHERE point_id = ANY(%s::uuid[]) AND withdrawn_at IS NULL
        GROUP BY point_id HAVING min(rank) < max(rank))
"""


def reaches_of(point_ids: Collection[UUID]) -> dict[UUID, timedelta]:
    """How far before its own time a new row may change what speaks, for each point where it may."""
    found: dict[UUID, list[Standing]] = {}
    with connection.cursor() as cursor:
        cursor.execute(DISAGREEING, [[str(one) for one in point_ids]])
        for point_id, rank, holds_s in cursor.fetchall():
            found.setdefault(point_id, []).append(Standing(rank, timedelta(seconds=holds_s)))
    return {point_id: reach(standings) for point_id, standings in found.items()}


FIRST = """
SELECT min(first.device_time)
  FROM raw_series series
 CROSS JOIN LATERAL (
       SELECT raw.device_time FROM raw_telemetry_data raw
        WHERE raw.source_id = series.source_id AND raw.key = series.key
        ORDER BY raw.device_time LIMIT 1) first
 WHERE series.point_id = %s
"""


def first_reading_at(point_id: UUID) -> datetime | None:
    """The device time of the point's oldest raw row."""
    with connection.cursor() as cursor:
        cursor.execute(FIRST, [point_id])
        row = cursor.fetchone()
    return row[0] if row else None


AROUND = """
SELECT array(SELECT (extract(epoch FROM device_time) * 1000000)::bigint FROM (
         (SELECT device_time FROM raw_telemetry_data raw
           WHERE raw.source_id = asked.source_id AND raw.key = asked.key AND device_time < asked.first
           ORDER BY device_time DESC LIMIT %(more)s)
         UNION ALL
         (SELECT device_time FROM raw_telemetry_data raw
           WHERE raw.source_id = asked.source_id AND raw.key = asked.key
             AND device_time >= asked.first AND device_time <= asked.last)
         UNION ALL
         (SELECT device_time FROM raw_telemetry_data raw
           WHERE raw.source_id = asked.source_id AND raw.key = asked.key AND device_time > asked.last
           ORDER BY device_time LIMIT %(more)s)) AS found
       ORDER BY 1)
  FROM unnest(%(sources)s::uuid[], %(keys)s::text[], %(firsts)s::timestamptz[], %(lasts)s::timestamptz[])
       WITH ORDINALITY AS asked (source_id, key, first, last, place)
 ORDER BY asked.place
"""


def device_times(asked: Sequence[tuple[UUID, str, datetime, datetime]], *, more: int) -> list[list[int]]:
    """For each (source, key, first, last): its device times from `first` to `last`, and `more` on either side.

    Ascending, in microseconds since 1970: what makes datetimes of them costs more than the query.
    """
    if not asked:
        return []
    sources, keys, firsts, lasts = by_column(asked)
    wanted: dict[str, Any] = {"sources": sources, "keys": keys, "firsts": firsts, "lasts": lasts, "more": more}
    with connection.cursor() as cursor:
        cursor.execute(AROUND, wanted)
        return [times for (times,) in cursor.fetchall()]


def waiting_points() -> int:
    return ProcessBacklog.objects.count()


@dataclass(frozen=True, slots=True)
class PastKey:
    """A key that a source was read for once. What it said speaks on, unless it was withdrawn."""

    key: str
    variable: str
    retired_at: datetime | None
    withdrawn_at: datetime | None


def past_keys(source_id: UUID) -> list[PastKey]:
    rows = Series.objects.filter(source_id=source_id, retired_at__isnull=False).order_by("key")
    return [PastKey(*row) for row in rows.values_list("key", "variable", "retired_at", "withdrawn_at")]


READ_FOR = """
SELECT source_id, key, variable FROM raw_series
 WHERE source_id = ANY(%s::uuid[]) AND withdrawn_at IS NULL AND retired_at IS NULL ORDER BY key
"""


def variables_of(source_ids: Iterable[UUID]) -> dict[UUID, dict[str, str]]:
    """The keys that each source is read for, and the variables they stand for."""
    found: dict[UUID, dict[str, str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(READ_FOR, [list(source_ids)])
        for source_id, key, variable in cursor.fetchall():
            found.setdefault(source_id, {})[key] = variable
    return found
