"""From a point's raw rows to its measurements: a pure function of rows, dated configuration and persons' decisions.

The order of arrival does not matter, and a pass that starts from a checkpoint gives what a full one gives.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

import numpy as np

from telemetry_service.measurements.columns import Columns
from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.checkpoints import Checkpoint, checkpoints, slot_of
from telemetry_service.process.columns import best_of, columns_of, rows_of
from telemetry_service.process.confirmed import doubt_confirmed
from telemetry_service.process.counter import Counter
from telemetry_service.process.counters import CounterPass
from telemetry_service.process.gauge import TOTAL, gauge_of
from telemetry_service.process.instants import micros
from telemetry_service.process.meters import MeterPeriod
from telemetry_service.process.readings import Measured, Reading
from telemetry_service.process.setup import Setup
from telemetry_service.process.stream import Replacement
from telemetry_service.process.values import measured_values
from telemetry_service.raw.columns import RawColumns

LAST = 2**62  # later than any reading, in µs
__all__ = ["Checkpoint", "Outcome", "evaluate", "evaluate_columns"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """`columns`: of each variable one, by time. `checkpoints`: the last of each slot that had one."""

    columns: list[Columns]
    replacements: list[Replacement]
    checkpoints: list[Checkpoint]
    slot: int  # µs
    counter: CounterPass | None
    start: Counter

    @property
    def measured(self) -> list[Measured]:
        """Row by row, by variable and time."""
        return [row for column in self.columns for row in rows_of(column)]

    @property
    def is_pending(self) -> bool:
        """Whether later rows may say another thing of what was read last of the counter."""
        return self.counter is not None and self.counter.known_at(LAST).pending

    def between(self, after: datetime, until: datetime) -> "Outcome":
        """What lies later than `after` and not later than `until`."""
        columns = [one.between(micros(after), micros(until)) for one in self.columns]
        replacements = [one for one in self.replacements if after < one.installed_at <= until]
        settled = [one for one in self.checkpoints if after < one.at <= until]
        return replace(self, columns=columns, replacements=replacements, checkpoints=settled)

    def state_at(self, at: datetime) -> Counter | None:
        """What was known of the counter after every row up to `at`; None where something was pending."""
        if self.counter is None:
            return self.start
        known = self.counter.known_at(micros(at))
        return None if known.pending else known.counter


def evaluate(
    readings: Iterable[Reading],
    *,
    setups: Iterable[Setup],
    meters: Iterable[MeterPeriod] = (),
    rejected: Collection[datetime] = (),
    start: Checkpoint | None = None,
) -> Outcome:
    """`readings`: every raw row later than `start`, or all of them, in any order, duplicates included."""
    raw = columns_of(readings)
    return evaluate_columns(raw, setups=list(setups), meters=list(meters), rejected=rejected, start=start)


def evaluate_columns(
    raw: Sequence[RawColumns],
    *,
    setups: Sequence[Setup],
    meters: Sequence[MeterPeriod] = (),
    rejected: Collection[datetime] = (),
    start: Checkpoint | None = None,
) -> Outcome:
    """As `evaluate`; each series of a variable and a source comes once. `setups` in the order in which they hold."""
    of = tuple(sorted({one.source for one in raw}))
    gauge = gauge_of(raw, of=of)
    state = start.counter if start else Counter()
    counter = CounterPass(gauge, setups, meters, rejected, state) if gauge else None
    replacements = counter.walk() if counter else []
    measured = [*_of_counter(counter), *_of_values(raw, of, setups, counter)]
    times = [one.times for one in raw]
    slot = slot_of(times, start)
    found = doubt_confirmed(_one_each(measured), setups)
    return Outcome(found, replacements, checkpoints(times, counter, start, slot), slot, counter, state)


def _of_counter(counter: CounterPass | None) -> list[Columns]:
    return counter.columns() if counter else []


def _of_values(
    raw: Sequence[RawColumns], of: tuple[UUID, ...], setups: Sequence[Setup], counter: CounterPass | None
) -> Iterator[Columns]:
    for one in sorted(raw, key=lambda series: (series.variable, series.source)):
        if one.variable == TOTAL:
            continue
        for measured in measured_values(one, of=of, setups=setups):
            if measured.variable == "flow" and counter:
                _doubt_with_device(measured, of.index(one.source), counter)
            yield measured


def _doubt_with_device(flow: Columns, source: int, counter: CounterPass) -> None:
    """The counter shows that its device read a tenth, or nothing: so did the flow at that time."""
    for reason in (Reason.TRUNCATED_READING, Reason.ZERO_GLITCH):
        times = [one.time for one in counter.shown if one.source == source and one.reason is reason]
        rows = np.flatnonzero(np.isin(flow.times, np.array(times, np.int64)))
        if reason is Reason.ZERO_GLITCH:
            rows = rows[np.isnan(flow.values[rows]) | (flow.values[rows] == 0)]
        flow.quality[rows] = np.maximum(flow.quality[rows], int(Quality.SUSPECT))
        flow.reasons[rows] |= int(reason)


def _one_each(measured: Iterable[Columns]) -> list[Columns]:
    """What a source says itself takes the place of what is derived from it, and of several sources the better stays."""
    by_variable: dict[str, list[Columns]] = {}
    for one in measured:
        by_variable.setdefault(one.variable, []).append(one)
    return [best_of(columns) for _, columns in sorted(by_variable.items())]
