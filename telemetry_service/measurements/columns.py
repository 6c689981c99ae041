"""Measurements of one variable by columns, as they go into the table. Plain Python."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from shared.db.arrays import Chosen, Few, Field, Numbers, Same

Int64 = NDArray[np.int64]
Floats = NDArray[np.float64]
NEVER = np.iinfo(np.int64).min  # stands for no time at all
NO_VERSION = -1
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def instant(micros_since_1970: int) -> datetime:
    return EPOCH + timedelta(microseconds=int(micros_since_1970))


@dataclass(slots=True)
class Columns:
    """Measurements of one variable of a point, by time, each time once. Times are µs since 1970, NaN is no value.

    `sources` are indices of `of`; `versions` (of the configuration) has NO_VERSION and `meters` (since when the meter
    that was read) NEVER for none; `texts` has those of the rows that have one.
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

    def take(self, rows: "NDArray[np.intp] | NDArray[np.bool_]") -> "Columns":
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

    def fields(self, point_id: UUID) -> Sequence[Field]:
        """As COPY takes them: the columns of the table, but for the last."""
        return (
            Same(point_id),
            Same(self.variable),
            Numbers(self.times),
            Numbers(self.values, np.isnan(self.values)),
            Few(self.texts),
            Numbers(self.quality),
            Numbers(self.reasons),
            Chosen(self.sources, self.of),
            Numbers(self.versions, self.versions == NO_VERSION),
            Numbers(self.meters, self.meters == NEVER),
        )
