"""One series as pairs for a chart, read by binary COPY into arrays: the ORM would take ten times as long."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from typing import Literal
from uuid import UUID

import numpy as np

from shared.db.copy import EPOCH, HEADER
from shared.db.replica import reader
from telemetry_service.measurements.thinning import Kept, Xs, Ys, extremes, largest_triangles

Method = Literal["lttb", "minmax"]
METHODS: dict[Method, Callable[..., Kept]] = {"lttb": largest_triangles, "minmax": extremes}
# A year of minutes and room for another: what one answer may have to walk through.
MOST_READ = 1_200_000
PAIRS = """
COPY (SELECT time, value FROM measurement
       WHERE point_id = '{point}' AND variable = '{variable}' AND time >= '{start}' AND time < '{end}'
         AND quality = ANY ('{{{qualities}}}') AND value IS NOT NULL
       ORDER BY time LIMIT {limit}) TO STDOUT WITH (FORMAT binary)
"""
# A row of COPY: the number of fields, then length and value of each; the trailer is two bytes.
ROW, TRAILER = np.dtype([("fields", ">i2"), ("a", ">i4"), ("time", ">i8"), ("b", ">i4"), ("value", ">f8")]), 2
MICROSECOND = timedelta(microseconds=1)


def chart(
    *,
    point: UUID,
    variable: str,
    start: datetime,
    end: datetime,
    qualities: Sequence[int],
    method: Method,
    most: int,
) -> list[tuple[datetime, float]] | None:
    """At most `most` points of `start <= time < end` that draw the series; None where it holds too many to read."""
    times, values = read_pairs(point=point, variable=variable, start=start, end=end, qualities=qualities)
    if len(times) > MOST_READ:
        return None
    kept = METHODS[method](times, values, most=most)
    pairs = zip(times[kept].tolist(), values[kept].tolist(), strict=True)
    return [(EPOCH + at * MICROSECOND, value) for at, value in pairs]


def read_pairs(
    *, point: UUID, variable: str, start: datetime, end: datetime, qualities: Sequence[int]
) -> tuple[Xs, Ys]:
    """Microseconds since PostgreSQL's epoch, and values. `variable` is one of our own codes: it needs no quoting."""
    query = PAIRS.format(
        point=point,
        variable=variable,
        start=start.isoformat(),
        end=end.isoformat(),
        qualities=",".join(map(str, qualities)),
        limit=MOST_READ + 1,
    )
    stream = BytesIO()
    with reader().cursor() as cursor:
        cursor.copy_expert(query, stream)
    rows = np.frombuffer(stream.getbuffer()[len(HEADER) : -TRAILER], ROW)
    return rows["time"].astype(np.int64), rows["value"].astype(np.float64)
