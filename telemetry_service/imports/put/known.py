"""What is known of a variable of a point, by whatever source said it."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from shared.db.unnest import by_column
from telemetry_service.imports.modes import Said
from telemetry_service.imports.states import SPEAKING_SOON

Place = tuple[UUID, str, datetime]  # point, variable, device time

# What was withdrawn is not known, unless it is being put down right now. LATERAL, as a partition of which there are no
# statistics yet would be walked through whole for every reading asked for.
KNOWN = """
WITH heard AS MATERIALIZED (
    SELECT asked.n, asked.at, series.source_id, series.key
      FROM unnest(%(points)s::uuid[], %(variables)s::text[], %(times)s::timestamptz[])
           WITH ORDINALITY AS asked (point_id, variable, at, n)
      JOIN raw_series series ON series.point_id = asked.point_id AND series.variable = asked.variable
      LEFT JOIN import ON import.id = series.source_id
     WHERE (series.withdrawn_at IS NULL OR import.state = %(running)s OR series.source_id = %(own)s)
       AND (NOT %(own_alone)s OR series.source_id = %(own)s))
SELECT heard.n, raw.value, raw.unit
  FROM heard
 CROSS JOIN LATERAL (
       SELECT value, unit FROM raw_telemetry_data
        WHERE source_id = heard.source_id AND key = heard.key AND device_time = heard.at LIMIT 1) raw
 ORDER BY heard.n, heard.source_id, heard.key
"""
NEWEST = """
SELECT max(newest.device_time)
  FROM raw_series series
 CROSS JOIN LATERAL (
       SELECT raw.device_time FROM raw_telemetry_data raw
        WHERE raw.source_id = series.source_id AND raw.key = series.key
        ORDER BY raw.device_time DESC LIMIT 1) newest
 WHERE series.point_id = %s AND series.variable = %s AND series.withdrawn_at IS NULL
"""


def known_at(places: Collection[Place], *, own: UUID, own_alone: bool) -> dict[Place, list[Said]]:
    """What was said at these places. `own` is the import that asks; `own_alone` leaves out all others."""
    asked = list(dict.fromkeys(places))
    if not asked:
        return {}
    points, variables, times = by_column(asked)
    said: dict[str, Any] = {"points": points, "variables": variables, "times": times, "own": own}
    found: dict[Place, list[Said]] = {}
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, {**said, "own_alone": own_alone, "running": SPEAKING_SOON})
        for number, text, unit in cursor.fetchall():
            found.setdefault(asked[number - 1], []).append(Said(text, unit))
    return found


def newest_at(point_id: UUID, variable: str) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(NEWEST, [point_id, variable])
        row = cursor.fetchone()
    return row[0] if row else None
