"""All tests over a series, in order, and what they say together."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.qartod.flat_line import FlatLine, flat_line
from telemetry_service.process.qartod.gap import Gap, gap
from telemetry_service.process.qartod.gross_range import GrossRange, gross_range
from telemetry_service.process.qartod.rate_of_change import RateOfChange, rate_of_change
from telemetry_service.process.qartod.series import Flags, Series, all_of
from telemetry_service.process.qartod.spike import Spike, spike

Reasons = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of one variable. None: the test is not run."""

    gross_range: GrossRange | None = None
    spike: Spike | None = None
    rate_of_change: RateOfChange | None = None
    flat_line: FlatLine | None = None
    gap: Gap | None = None


TESTS = ("gross_range", "spike", "rate_of_change", "flat_line", "gap")
# What a gap says is of the time before the reading: it is told, and takes nothing from the reading's quality.
TOLD_ONLY = frozenset({"gap"})
# By test: the reason where it doubts, and where it refuses.
REASONS: dict[str, tuple[Reason, Reason]] = {
    "gross_range": (Reason.UNUSUAL_VALUE, Reason.OUT_OF_RANGE),
    "spike": (Reason.SPIKE, Reason.SPIKE),
    "rate_of_change": (Reason.RATE_OF_CHANGE, Reason.RATE_OF_CHANGE),
    "flat_line": (Reason.FLAT_LINE, Reason.FLAT_LINE),
    "gap": (Reason.AFTER_GAP, Reason.AFTER_GAP),
}


class Judged(NamedTuple):
    """`flags` by test, of those that were run. `present`: which readings have a value."""

    flags: dict[str, Flags]
    quality: Flags
    reasons: Reasons


def judge(series: Series, thresholds: Thresholds) -> Judged:
    """The quality is the worst that a test says; what no test could judge is good, as it is without a test."""
    flags = dict(_flags(series, thresholds))
    quality = all_of(series, Quality.GOOD)
    reasons = np.zeros(len(quality), np.int64)
    for name, said in flags.items():
        doubted, refused = REASONS[name]
        reasons[said == Quality.SUSPECT] |= doubted
        reasons[said == Quality.FAIL] |= refused
        if name not in TOLD_ONLY:
            quality = np.where(said >= Quality.SUSPECT, np.maximum(quality, said), quality)
    return Judged(flags, quality, reasons)


def _flags(series: Series, asked: Thresholds) -> dict[str, Flags]:
    """Spikes stand out among readings in range, and rates are taken between readings that are no spikes."""
    found: dict[str, Flags] = {}
    among = series.present
    if asked.gross_range:
        found["gross_range"] = gross_range(series, asked.gross_range)
        among = among & (found["gross_range"] < Quality.FAIL)
    if asked.spike:
        found["spike"] = spike(series, asked.spike, among=among)
        among = among & (found["spike"] < Quality.SUSPECT)
    if asked.rate_of_change:
        found["rate_of_change"] = rate_of_change(series, asked.rate_of_change, among=among)
    if asked.flat_line:
        found["flat_line"] = flat_line(series, asked.flat_line)
    if asked.gap:
        found["gap"] = gap(series, asked.gap)
    return found
