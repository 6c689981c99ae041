"""What goes into the engine and what comes out of it, as columns; `readings` has the same as rows."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from telemetry_service.measurements.columns import NEVER, NO_VERSION, Columns, Int64
from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.instants import instant
from telemetry_service.process.readings import Measured, Reading
from telemetry_service.raw.columns import RawColumns, RawRow, columns_of_rows


def rows_of(columns: Columns) -> Iterator[Measured]:
    """The same one by one."""
    for row, time in enumerate(columns.times.tolist()):
        value, version, meter = float(columns.values[row]), int(columns.versions[row]), int(columns.meters[row])
        yield Measured(
            columns.variable,
            instant(time),
            None if np.isnan(value) else value,
            columns.texts.get(row),
            Quality(int(columns.quality[row])),
            Reason(int(columns.reasons[row])),
            columns.of[int(columns.sources[row])],
            None if version == NO_VERSION else version,
            None if meter == NEVER else instant(meter),
        )


def columns_of(readings: Iterable[Reading]) -> list[RawColumns]:
    """The same rows as columns. They may come in any order; of two of one key the first counts."""
    return columns_of_rows(
        RawRow(one.variable, one.source, one.time, one.value, one.unit, one.flags) for one in readings
    )


def best_of(columns: Sequence[Columns]) -> Columns:
    """Of a source's measurements of one instant the last column's; of several sources' the best, else the first's."""
    if len(columns) == 1:
        return columns[0]
    joined = joined_columns(columns)
    place = np.repeat(np.arange(len(columns)), [len(one) for one in columns])
    own = joined.take(_first_of_each((-place, joined.sources, joined.times), 2))
    return own.take(_first_of_each((own.sources, own.quality, own.times), 1))


def _first_of_each(keys: Sequence[Int64], together: int) -> "NDArray[np.intp]":
    """The rows in the order of `keys`, the last first, as `lexsort` takes them; one for each of the last `together`."""
    order = np.lexsort(keys)
    first = np.zeros(len(order), np.bool_)
    first[:1] = True
    for key in keys[len(keys) - together :]:
        first[1:] |= key[order][1:] != key[order][:-1]
    return order[first]


def joined_columns(columns: Sequence[Columns]) -> Columns:
    """One after the other. All are of one variable and of the same sources."""
    starts = np.cumsum([0, *(len(one) for one in columns)])
    return Columns(
        columns[0].variable,
        np.concatenate([one.times for one in columns]),
        np.concatenate([one.values for one in columns]),
        np.concatenate([one.quality for one in columns]),
        np.concatenate([one.reasons for one in columns]),
        np.concatenate([one.sources for one in columns]),
        columns[0].of,
        np.concatenate([one.versions for one in columns]),
        np.concatenate([one.meters for one in columns]),
        {
            int(start) + row: text
            for start, one in zip(starts, columns, strict=False)
            for row, text in one.texts.items()
        },
    )
