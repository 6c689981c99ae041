"""A point's raw rows read by columns."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection

from telemetry_service.raw.columns import RawColumns

MICROS_TO_2000 = 946_684_800_000_000  # since 1970, where PostgreSQL begins to count
SEPARATOR = "\x1f"
# A row a series: its columns end to end. The inner order is that of the key, and aggregates take rows as they come.
COLUMNS = f"""
SELECT series.variable, series.source_id, found.*
  FROM raw_series series CROSS JOIN LATERAL (
       SELECT count(*), string_agg(timestamptz_send(device_time), ''), string_agg(value, '{SEPARATOR}'),
              min(unit), CASE WHEN min(unit) <> max(unit) THEN array_agg(unit) END,
              CASE WHEN bit_or(flags) <> 0 THEN array_agg(flags) END
         FROM (SELECT device_time, value, unit, flags FROM raw_telemetry_data raw
                WHERE raw.source_id = series.source_id AND raw.key = series.key
                  AND raw.device_time >= %(start)s AND raw.device_time < %(end)s
                ORDER BY device_time) ordered) found
 WHERE series.point_id = %(point)s AND series.withdrawn_at IS NULL AND found.count > 0
 ORDER BY series.variable, series.source_id, series.key
"""  # noqa: S608 the separator is ours


def whole_columns(*, point_id: UUID, start: datetime, end: datetime) -> list[RawColumns] | None:
    """All rows of the point with `start <= device_time < end`, whoever said them.

    None where a value has the separator in it: then they are to be read one by one.
    """
    with connection.cursor() as cursor:
        cursor.execute(COLUMNS, {"point": point_id, "start": start, "end": end})
        found = [_column(*row) for row in cursor.fetchall()]
    if any(len(one.texts) != len(one) for one in found):
        return None
    return list(_once_each(found))


def _column(
    variable: str, source: UUID, count: int, times: Any, values: str, unit: str, units: Any, flags: Any
) -> RawColumns:
    since_2000 = np.frombuffer(times, ">i8").astype(np.int64)
    marks = np.zeros(count, np.int64) if flags is None else np.array(flags, np.int64)
    return RawColumns(variable, source, since_2000 + MICROS_TO_2000, values.split(SEPARATOR), units or [unit], marks)


def _once_each(columns: Iterable[RawColumns]) -> Iterator[RawColumns]:
    """A source may have said a variable under one key and then another: of both at one time the first key counts."""
    for _, group in groupby(columns, key=lambda one: (one.variable, one.source)):
        first, *others = group
        yield _merged([first, *others]) if others else first


def _merged(parts: Sequence[RawColumns]) -> RawColumns:
    times = np.concatenate([one.times for one in parts])
    order = np.argsort(times, kind="stable")
    order = order[np.diff(times[order], prepend=times[order[0]] - 1) != 0]
    texts = [text for one in parts for text in one.texts]
    units = [unit for one in parts for unit in _each(one)]
    return RawColumns(
        parts[0].variable,
        parts[0].source,
        times[order],
        [texts[row] for row in order.tolist()],
        [units[row] for row in order.tolist()],
        np.concatenate([one.flags for one in parts])[order],
    )


def _each(one: RawColumns) -> Sequence[str]:
    return one.units if len(one.units) > 1 else [*one.units] * len(one)
