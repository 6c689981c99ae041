"""Where a number comes from: the raw rows of its instant, the bytes that brought them, and what it was before."""

import zlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from shared.db.replica import reader
from telemetry_service.raw.models import RawAnswer, Series


class Made(NamedTuple):
    """A measurement as it is, or (`known_until`) as it was once. `meter_from`: when the meter read was installed."""

    time: datetime
    variable: str
    value: float | str | bool | None
    quality: int
    reasons: int
    source_id: UUID
    config_version: int | None
    meter_from: datetime | None
    known_since: datetime
    known_until: datetime | None


class Said(NamedTuple):
    """A raw row. `sha256` and `size` are of the plain bytes that brought it; None where retention took those.

    `is_conflict`: said later of an instant that had a value already; kept, and not used.
    """

    time: datetime
    source_id: UUID
    key: str
    variable: str
    value: str
    unit: str
    received_at: datetime
    flags: int
    answer_id: UUID
    sha256: bytes | None
    size: int | None
    is_withdrawn: bool
    is_conflict: bool


@dataclass(frozen=True, slots=True)
class Instant:
    """All that is known of one device time of a point, in the order of the variables."""

    time: datetime
    measured: list[Made]
    past: list[Made]
    readings: list[Said]


TIMES = """
SELECT DISTINCT time FROM measurement
 WHERE point_id = %(point)s AND variable = ANY(%(variables)s) AND time >= %(start)s AND time < %(end)s
   AND (%(after)s::timestamptz IS NULL OR time > %(after)s)
 ORDER BY time LIMIT %(limit)s
"""
NAMES = "time, variable, value, value_text, value_bool, quality, reasons, source_id, config_version, meter_from"
MADE = f"""
SELECT {NAMES}, known_since, known_until FROM (
       SELECT {NAMES}, known_since, NULL::timestamptz AS known_until FROM measurement
        WHERE point_id = %(point)s AND variable = ANY(%(variables)s) AND time >= %(first)s AND time <= %(last)s
        UNION ALL
       SELECT {NAMES}, known_since, known_until FROM measurement_past
        WHERE point_id = %(point)s AND variable = ANY(%(variables)s) AND time >= %(first)s AND time <= %(last)s) version
 ORDER BY time, variable, known_since
"""  # noqa: S608 the names are ours
# Every series of the point: a measurement may be made of several of them, and what was silenced is part of the story.
SAID = """
SELECT raw.device_time, raw.source_id, raw.key, series.variable, raw.value, raw.unit, raw.received_at, raw.flags,
       raw.answer_id, answer.sha256, answer.size, series.withdrawn_at IS NOT NULL, raw.is_conflict
  FROM raw_series series
 CROSS JOIN LATERAL (
       SELECT source_id, key, device_time, value, unit, received_at, flags, answer_id, false AS is_conflict
         FROM raw_telemetry_data row WHERE row.source_id = series.source_id AND row.key = series.key
          AND row.device_time >= %(first)s AND row.device_time <= %(last)s
        UNION ALL
       SELECT source_id, key, device_time, value, unit, received_at, 0, answer_id, true
         FROM raw_conflict row WHERE row.source_id = series.source_id AND row.key = series.key
          AND row.device_time >= %(first)s AND row.device_time <= %(last)s) raw
  LEFT JOIN raw_answer answer ON answer.received_at = raw.received_at AND answer.id = raw.answer_id
 WHERE series.point_id = %(point)s
 ORDER BY raw.device_time, series.variable, raw.source_id, raw.key, raw.received_at, raw.value
"""


def lineage(
    *, point_id: UUID, variables: Sequence[str], start: datetime, end: datetime, after: datetime | None, limit: int
) -> list[Instant]:
    """The first `limit` instants in [start, end) behind `after` that the point was measured at, by time."""
    asked: dict[str, Any] = {"point": point_id, "variables": list(variables), "start": start, "end": end}
    times = [row[0] for row in _ask(TIMES, asked | {"after": after, "limit": limit})]
    if not times:
        return []
    asked |= {"first": times[0], "last": times[-1]}
    made, said = defaultdict(list), defaultdict(list)
    for row in _ask(MADE, asked):
        made[row[0]].append(_made(row))
    for row in _ask(SAID, asked):
        said[row[0]].append(_said(row))
    return [_instant(time, made[time], said[time]) for time in times]


def answer_bytes(*, answer_id: UUID, received_at: datetime) -> tuple[UUID, bytes] | None:
    """Whose answer it is and its bytes as they came; None where there is no such answer, or not any more."""
    found = RawAnswer.objects.filter(received_at=received_at, id=answer_id).values_list("source_id", "body").first()
    return (found[0], zlib.decompress(bytes(found[1]))) if found else None


class Kept(NamedTuple):
    """An answer with the bytes as they came. `place`: of the question."""

    place: int
    answer_id: UUID
    received_at: datetime
    source_id: UUID
    body: bytes


# A sum of sizes reads no body: those of the answers that are given are read after it.
KEPT = """
WITH wanted AS (
    SELECT * FROM unnest(%(places)s::int[], %(ids)s::uuid[], %(times)s::timestamptz[]) AS said(place, id, received_at)
), sized AS (
    SELECT wanted.*, sum(answer.size) OVER (ORDER BY place) - answer.size AS before
      FROM wanted JOIN raw_answer answer USING (received_at, id)
)
SELECT sized.place, id, received_at, answer.source_id, answer.body
  FROM sized JOIN raw_answer answer USING (received_at, id)
 WHERE sized.before < %(most)s ORDER BY sized.place
"""


def answers(wanted: Sequence[tuple[UUID, datetime]], *, most: int) -> list[Kept]:
    """(id, when it was received) to those that are kept, in their order, until they hold `most` bytes together."""
    asked: dict[str, Any] = {"places": list(range(len(wanted))), "most": most}
    asked |= {"ids": [one for one, _ in wanted], "times": [at for _, at in wanted]}
    rows = _ask(KEPT, asked)
    return [Kept(place, one, at, source, zlib.decompress(bytes(body))) for place, one, at, source, body in rows]


def points_of_source(source_id: UUID) -> set[UUID]:
    """The points that a source says something of."""
    return set(Series.objects.filter(source_id=source_id).values_list("point_id", flat=True))


def _ask(query: str, asked: dict[str, Any]) -> list[tuple[Any, ...]]:
    with reader().cursor() as cursor:
        cursor.execute(query, asked)
        return list(cursor.fetchall())


def _instant(time: datetime, made: list[Made], said: list[Said]) -> Instant:
    return Instant(
        time,
        [one for one in made if one.known_until is None],
        [one for one in made if one.known_until is not None],
        said,
    )


def _made(row: tuple[Any, ...]) -> Made:
    time, variable, number, text, flag, *rest = row
    value = number if number is not None else text if text is not None else flag
    return Made(time, variable, value, *rest)


def _said(row: tuple[Any, ...]) -> Said:
    said = Said(*row)
    return said._replace(sha256=bytes(said.sha256) if said.sha256 is not None else None)
