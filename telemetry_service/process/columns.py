"""What goes into the engine and what comes out of it, as columns; `readings` has the same as rows."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from shared.db.arrays import Chosen, Few, Field, Numbers, Same
from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.instants import NEVER, Floats, Int64, Mask, instant
from telemetry_service.process.readings import Measured, Reading
from telemetry_service.raw.columns import RawColumns, RawRow, columns_of_rows

NO_VERSION = -1


@dataclass(slots=True)
class Columns:
    """Measurements of one variable of a point, by time. `sources` are indices of `of`; the rest is as in `Measured`.

    `versions` has NO_VERSION and `meters` NEVER for none; `texts` has those of the rows that have one.
    """

    variable: str
    times: Int64
    values: Floats
    quality: Int64
    reasons: Int64
    sources: Int64
    of: tuple[UUID, ...]
    versions: Int64
    meters: Int64
    texts: dict[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.times)

    def between(self, after: int, until: int) -> "Columns":
        """Those later than `after` and not later than `until`."""
        first, last = np.searchsorted(self.times, [after, until], "right")
        return self if (first, last) == (0, len(self)) else self.take(np.arange(first, last))

    def take(self, rows: "NDArray[np.intp] | Mask") -> "Columns":
        chosen = np.flatnonzero(rows) if rows.dtype == np.bool_ else rows
        places = {int(row): place for place, row in enumerate(chosen)} if self.texts else {}
        return Columns(
            self.variable,
            self.times[chosen],
            self.values[chosen],
            self.quality[chosen],
            self.reasons[chosen],
            self.sources[chosen],
            self.of,
            self.versions[chosen],
            self.meters[chosen],
            {places[row]: text for row, text in self.texts.items() if row in places},
        )

    def rows(self) -> Iterator[Measured]:
        for row, time in enumerate(self.times.tolist()):
            value, version, meter = float(self.values[row]), int(self.versions[row]), int(self.meters[row])
            yield Measured(
                self.variable,
                instant(time),
                None if np.isnan(value) else value,
                self.texts.get(row),
                Quality(int(self.quality[row])),
                Reason(int(self.reasons[row])),
                self.of[int(self.sources[row])],
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


def blocks_of(columns: Iterable[Columns], *, point_id: UUID) -> list[tuple[int, Sequence[Field]]]:
    """As `measurements.store.merge_columns` takes them."""
    return [(len(one), _fields(one, point_id)) for one in columns if len(one)]


def _fields(one: Columns, point_id: UUID) -> Sequence[Field]:
    return (
        Same(point_id),
        Same(one.variable),
        Numbers(one.times),
        Numbers(one.values, np.isnan(one.values)),
        Few(one.texts),
        Numbers(one.quality),
        Numbers(one.reasons),
        Chosen(one.sources, one.of),
        Numbers(one.versions, one.versions == NO_VERSION),
        Numbers(one.meters, one.meters == NEVER),
    )
