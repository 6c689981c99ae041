"""Raw rows by columns: what is read a million at a time is never made into objects. Plain Python."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple, Protocol
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class RawColumns:
    """Raw rows of one variable and source, by time, each time once. `times` are µs since 1970.

    `texts` are the provider's own. `units` has one entry where all rows have the same unit, else one a row.
    """

    variable: str
    source: UUID
    times: NDArray[np.int64]
    texts: Sequence[str]
    units: Sequence[str]
    flags: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.times)


class Row(Protocol):
    @property
    def variable(self) -> str: ...
    @property
    def source_id(self) -> UUID: ...
    @property
    def device_time(self) -> datetime: ...
    @property
    def value(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def flags(self) -> int: ...


def columns_of_rows(rows: Iterable[Row]) -> list[RawColumns]:
    """The same rows as columns. They may come in any order; of two of one key the first counts."""
    ordered = sorted(rows, key=attrgetter("variable", "source_id", "device_time"))
    grouped = groupby(ordered, key=attrgetter("variable", "source_id"))
    return [_of_rows(variable, source, list(group)) for (variable, source), group in grouped]


def _of_rows(variable: str, source: UUID, rows: Sequence[Row]) -> RawColumns:
    kept = [next(group) for _, group in groupby(rows, key=attrgetter("device_time"))]
    times = np.fromiter(((one.device_time - EPOCH) // MICROSECOND for one in kept), np.int64, len(kept))
    flags = np.fromiter((one.flags for one in kept), np.int64, len(kept))
    units = [one.unit for one in kept]
    same = len(set(units)) == 1
    return RawColumns(variable, source, times, [one.value for one in kept], units[:1] if same else units, flags)


class RawRow(NamedTuple):
    """The least that a `Row` is."""

    variable: str
    source_id: UUID
    device_time: datetime
    value: str
    unit: str
    flags: int
