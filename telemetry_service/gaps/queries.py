"""Reads of gaps and of what is known of a series."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q

from shared.errors import NotFound
from telemetry_service.gaps.days import SECOND, Stretch, instant, micros
from telemetry_service.gaps.models import Gap
from telemetry_service.gaps.pieces import Known
from telemetry_service.gaps.rhythm import Rhythms, Said
from telemetry_service.gaps.states import GapState
from telemetry_service.raw.models import Series
from telemetry_service.raw.precedence import Rank

# Gaps of a series do not overlap: of those that begin before the stretch only the last can reach into it.
AT_HAND = """
SELECT asked.place - 1, gap.id, (extract(epoch FROM gap.from_time) * 1000000)::bigint,
       (extract(epoch FROM gap.to_time) * 1000000)::bigint, gap.missing, gap.cadence_s, gap.state,
       (extract(epoch FROM gap.counted_to) * 1000000)::bigint
  FROM unnest(%(sources)s::uuid[], %(keys)s::text[], %(starts)s::timestamptz[], %(ends)s::timestamptz[])
       WITH ORDINALITY AS asked (source_id, key, start, "end", place)
 CROSS JOIN LATERAL (
       (SELECT * FROM gap
         WHERE gap.source_id = asked.source_id AND gap.key = asked.key AND NOT state = 'filled' AND NOT kind = 'asked'
           AND from_time >= asked.start AND from_time < asked."end")
       UNION ALL
       (SELECT * FROM (
               SELECT * FROM gap
                WHERE gap.source_id = asked.source_id AND gap.key = asked.key
                  AND NOT state = 'filled' AND NOT kind = 'asked' AND from_time < asked.start
                ORDER BY from_time DESC LIMIT 1) AS before
         WHERE to_time IS NULL OR to_time > asked.start)) AS gap
 ORDER BY asked.place, gap.from_time
"""


def gaps_at_hand(stretches: Sequence[Stretch]) -> list[list[Known]]:
    """For each stretch the gaps that reach into it, by time; not those that were filled."""
    found: list[list[Known]] = [[] for _ in stretches]
    asked: dict[str, Any] = {
        "sources": [one.source_id for one in stretches],
        "keys": [one.key for one in stretches],
        "starts": [instant(one.start) for one in stretches],
        "ends": [instant(one.end) for one in stretches],
    }
    if stretches:
        with connection.cursor() as cursor:
            cursor.execute(AT_HAND, asked)
            for place, gap_id, start, end, missing, cadence_s, state, counted_to in cursor.fetchall():
                found[place].append(Known(gap_id, start, end, missing, cadence_s * SECOND, state, counted_to))
    return found


SAID = "SELECT source_id, valid_from, cadence_s, tolerance_pct FROM gap_rhythm WHERE source_id = ANY(%s::uuid[])"


def rhythms_of(source_ids: Collection[UUID]) -> dict[UUID, Rhythms]:
    """What was said of these sources, those alone of which something was."""
    said: dict[UUID, list[Said]] = {}
    with connection.cursor() as cursor:
        cursor.execute(SAID, [list(source_ids)])
        for source_id, since, cadence_s, tolerance in cursor.fetchall():
            cadence = cadence_s * SECOND if cadence_s else None
            said.setdefault(source_id, []).append(Said(micros(since), cadence, tolerance))
    return {source_id: Rhythms(statements) for source_id, statements in said.items()}


WATCHED = """
SELECT series.source_id, series.key FROM raw_series series JOIN source ON source.id = series.source_id
 WHERE series.source_id = ANY(%(sources)s::uuid[]) AND series.rank >= %(first)s
"""


def watched_series(source_ids: Collection[UUID]) -> set[tuple[UUID, str]]:
    """Of these, the series of devices: not a person's corrections, nor what came in a file.

    What is withdrawn is watched on, as it may be taken back; it is neither shown nor searched (see `speaking`).
    """
    with connection.cursor() as cursor:
        cursor.execute(WATCHED, {"sources": list(source_ids), "first": int(Rank.FIRST)})
        return set(cursor.fetchall())


def speaking(variables: Sequence[str] = ()) -> Exists:
    """Whether the series of a row with `source_id` and `key` speaks, and of one of these variables, if any is said."""
    series = Series.objects.filter(source_id=OuterRef("source_id"), key=OuterRef("key"))
    if variables:
        series = series.filter(variable__in=variables)
    return Exists(series.filter(withdrawn_at=None))


@dataclass(frozen=True, slots=True)
class GapsWanted:
    """Of these points (None: all). Empty for all states; `start` and `end` bound what the gap reaches into."""

    points: Collection[UUID] | None
    variables: Sequence[str] = ()
    states: Sequence[str] = ()
    source: UUID | None = None
    key: str | None = None
    start: datetime | None = None
    end: datetime | None = None


def gaps_page(wanted: GapsWanted, *, after: tuple[datetime, int] | None, limit: int) -> list[Gap]:
    """The newest first."""
    gaps = Gap.objects.filter(speaking(wanted.variables)).select_related("source").order_by("-from_time", "-id")
    if wanted.points is not None:
        gaps = gaps.filter(source__point_id__in=wanted.points)
    if wanted.states:
        gaps = gaps.filter(state__in=wanted.states)
    if wanted.source:
        gaps = gaps.filter(source_id=wanted.source)
    if wanted.key:
        gaps = gaps.filter(key=wanted.key)
    if wanted.start:
        gaps = gaps.filter(Q(to_time=None) | Q(to_time__gt=wanted.start))
    if wanted.end:
        gaps = gaps.filter(from_time__lt=wanted.end)
    if after:
        at, gap_id = after
        gaps = gaps.filter(Q(from_time__lt=at) | Q(from_time=at, id__lt=gap_id))
    return list(gaps[:limit])


def find_gap(gap_id: int, *, points: Collection[UUID] | None) -> Gap:
    gap = Gap.objects.filter(id=gap_id).select_related("source").prefetch_related("moves").first()
    if gap is None or not (points is None or gap.source.point_id in points):
        raise NotFound("No existe esa brecha.")
    return gap


class DayRow(NamedTuple):
    point_id: UUID
    source_id: UUID
    key: str
    variable: str
    day: date
    received: int
    missing: int
    longest_gap_s: int


@dataclass(frozen=True, slots=True)
class DaysWanted:
    """Local days of a zone from `first` to `last`, both included; None is open. Of these points and sources."""

    points: Collection[UUID] | None
    sources: Collection[UUID] | None
    zone: str
    variables: Sequence[str] = ()
    first: date | None = None
    last: date | None = None


# By the key of the table, so that a page costs the same wherever it is.
DAYS = """
SELECT source.point_id, day.source_id, day.key, series.variable, day.day, day.received, day.missing,
       day.longest_gap_s
  FROM completeness day
  JOIN source ON source.id = day.source_id
  JOIN raw_series series ON series.source_id = day.source_id AND series.key = day.key
 WHERE day.zone = %(zone)s AND series.withdrawn_at IS NULL
   AND (%(points)s::uuid[] IS NULL OR source.point_id = ANY(%(points)s::uuid[]))
   AND (%(sources)s::uuid[] IS NULL OR day.source_id = ANY(%(sources)s::uuid[]))
   AND (%(variables)s::text[] = '{}' OR series.variable = ANY(%(variables)s::text[]))
   AND (%(first)s::date IS NULL OR day.day >= %(first)s) AND (%(last)s::date IS NULL OR day.day <= %(last)s)
   AND (%(after_source)s::uuid IS NULL
        OR (day.source_id, day.key, day.day) > (%(after_source)s::uuid, %(after_key)s, %(after_day)s::date))
 ORDER BY day.source_id, day.key, day.day LIMIT %(limit)s
"""


def days_page(wanted: DaysWanted, *, after: tuple[UUID, str, date] | None, limit: int) -> list[DayRow]:
    """By source, key and day."""
    source_id, key, day = after or (None, None, None)
    asked: dict[str, Any] = {
        "zone": wanted.zone,
        "points": None if wanted.points is None else list(wanted.points),
        "sources": None if wanted.sources is None else list(wanted.sources),
        "variables": list(wanted.variables),
        "first": wanted.first,
        "last": wanted.last,
        "after_source": source_id,
        "after_key": key,
        "after_day": day,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(DAYS, asked)
        return [DayRow(*row) for row in cursor.fetchall()]


def gaps_by_state() -> dict[str, int]:
    """How many gaps are in each state, those that were filled left out: they grow with history."""
    counts = (
        Gap.objects.filter(speaking()).exclude(state=GapState.FILLED).values_list("state").annotate(count=Count("id"))
    )
    return dict(counts.order_by())
