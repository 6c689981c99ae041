"""Several series brought to one instant: which value of each counts there, how good it is, and how old. With numpy.

Times are microseconds since 1970. What an input says at an instant is its newest row by then: nothing is interpolated,
and no row is looked for behind a newer one unless it may be held.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from telemetry_service.measurements.quality import Quality, Reason

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
NOTHING: Ints = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Rows:
    """A series in the order of time, each time once. NaN is no value."""

    times: Ints
    values: Floats
    qualities: Ints
    reasons: Ints

    def __len__(self) -> int:
        return len(self.times)

    def where(self, keep: Any) -> "Rows":
        return Rows(self.times[keep], self.values[keep], self.qualities[keep], self.reasons[keep])


EMPTY = Rows(NOTHING, np.empty(0), NOTHING, NOTHING)


@dataclass(frozen=True, slots=True)
class Aligned:
    """An input at each instant. NaN is missing; then `reasons` says why, and `qualities` is MISSING."""

    values: Floats
    qualities: Ints
    reasons: Ints
    at: Ints  # index of the row that counts, -1 where none does


def instants_of(series: Sequence[Rows]) -> Ints:
    """Every time at which one of them says something."""
    return np.unique(np.concatenate([rows.times for rows in series])) if series else NOTHING


def align(rows: Rows, instants: Ints, *, tolerance_us: int, hold_us: int) -> Aligned:
    newest = _newest(rows.times, instants, np.arange(len(rows)), tolerance_us)
    usable = np.flatnonzero(np.isfinite(rows.values))
    held = _newest(rows.times[usable], instants, usable, hold_us)
    said = newest >= 0
    has_value = said & np.isfinite(_at(rows.values, newest, np.nan))
    holds = ~has_value & (held >= 0)
    at = np.where(has_value, newest, np.where(holds, held, -1))
    # A row that has no value says why; that is worth knowing of what was made without it.
    reasons = np.where(has_value | ~said, 0, _at(rows.reasons, newest, 0)) | _at(rows.reasons, at, 0)
    reasons = reasons | np.where(holds, Reason.HELD_INPUT, 0) | np.where(at < 0, Reason.MISSING_INPUT, 0)
    qualities = _at(rows.qualities, at, int(Quality.MISSING))
    qualities = np.where(holds, np.maximum(qualities, Quality.SUSPECT), qualities)
    return Aligned(_at(rows.values, at, np.nan), qualities, reasons, at)


def joined(one: Rows, other: Rows) -> Rows:
    """Both series; where both say something, `one` does."""
    if not len(other):
        return one
    other = other.where(~np.isin(other.times, one.times))
    whole = Rows(
        np.concatenate([one.times, other.times]),
        np.concatenate([one.values, other.values]),
        np.concatenate([one.qualities, other.qualities]),
        np.concatenate([one.reasons, other.reasons]),
    )
    return whole.where(np.argsort(whole.times, kind="stable"))


def _newest(times: Ints, instants: Ints, places: Any, most_us: int) -> Any:
    """For each instant the place of the newest row by then that is no older than `most_us`, or -1."""
    if not len(times):
        return np.full(len(instants), -1)
    found = np.searchsorted(times, instants, side="right") - 1
    old = instants - times[np.maximum(found, 0)] > most_us
    return np.where((found < 0) | old, -1, places[np.maximum(found, 0)])


def _at(column: Any, places: Any, otherwise: Any) -> Any:
    if not len(column):
        return np.full(len(places), otherwise)
    return np.where(places < 0, otherwise, column[np.maximum(places, 0)])
