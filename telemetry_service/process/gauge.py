"""All readings of a point's counter, from all its sources, as one column."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import numpy as np

from telemetry_service.measurements.quality import Reason
from telemetry_service.process.exact import scaled
from telemetry_service.process.instants import Int64, Mask
from telemetry_service.process.numbers import numbers_in
from telemetry_service.process.rules.logger_status import status_rows
from telemetry_service.raw.columns import RawColumns

TOTAL, PULSES = "total", "pulses"
COUNTERS = frozenset({TOTAL, PULSES})
NOT_A_NUMBER, LOGGER_STATUS = int(Reason.NOT_A_NUMBER), int(Reason.LOGGER_STATUS)


@dataclass(frozen=True, slots=True)
class Gauge:
    """By time and source. `sources` are indices of `of`; `problems` are the bits of `Reason` of what is no reading.

    `whole / 10**places` is the reading in counts where `exact`; of the others only the text says it.
    """

    times: Int64
    sources: Int64
    of: tuple[UUID, ...]
    texts: Sequence[str]
    flags: Int64
    whole: Int64
    places: int
    exact: Mask
    problems: Int64

    def __len__(self) -> int:
        return len(self.times)


def gauge_of(raw: Sequence[RawColumns], *, of: tuple[UUID, ...]) -> Gauge | None:
    """`total` speaks for the `pulses` of its time, whoever says them. None where there is no counter."""
    totals = [one for one in raw if one.variable == TOTAL]
    spoken = np.concatenate([one.times for one in totals]) if totals else np.zeros(0, np.int64)
    pulses = [_without(one, spoken) for one in raw if one.variable == PULSES]
    parts = [one for one in (*totals, *pulses) if len(one)]
    return _joined(parts, of) if parts else None


def _without(raw: RawColumns, spoken: Int64) -> RawColumns:
    alone = ~np.isin(raw.times, spoken)
    if alone.all():
        return raw
    rows = np.flatnonzero(alone)
    texts = [raw.texts[row] for row in rows.tolist()]
    return RawColumns(raw.variable, raw.source, raw.times[rows], texts, (), raw.flags[rows])


def _joined(parts: Sequence[RawColumns], of: tuple[UUID, ...]) -> Gauge:
    times = np.concatenate([one.times for one in parts])
    sources = np.repeat([of.index(one.source) for one in parts], [len(one) for one in parts])
    flags = np.concatenate([one.flags for one in parts])
    texts: Sequence[str] = parts[0].texts
    if len(parts) > 1:
        order = np.lexsort((sources, times))
        together = [text for one in parts for text in one.texts]
        times, sources, flags = times[order], sources[order], flags[order]
        texts = [together[row] for row in order.tolist()]
    numbers = numbers_in(texts)
    values, places, known = scaled(numbers.values)
    problems = np.where(np.isnan(numbers.values), NOT_A_NUMBER, 0)
    problems[status_rows(TOTAL, numbers.values)] = LOGGER_STATUS
    return Gauge(times, sources, of, texts, flags, values, places, known & numbers.short, problems)
