"""Three ways to run the same tests with the same thresholds: ours, ioos_qc's and SaQC's.

Of each only what it has under its own name and by its own definition: SaQC has no rate of change. Readings without a
value are left out, all three call them missing.
"""

import importlib.util
import os
import sys
import types
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar, Protocol

import numpy as np

from telemetry_service.measurements.quality import Reason
from telemetry_service.process import series as engine
from telemetry_service.process.judging import judged
from telemetry_service.process.qartod.flat_line import FlatLine
from telemetry_service.process.qartod.gross_range import GrossRange
from telemetry_service.process.qartod.rate_of_change import RateOfChange
from telemetry_service.process.qartod.series import Mask, Series
from telemetry_service.process.qartod.spike import Spike
from telemetry_service.process.qartod.thresholds import Thresholds
from telemetry_service.process.rules import VALUE_RULES
from telemetry_service.process.segments import Segment
from telemetry_service.process.setup import Setup

READINGS = 3  # the longest spike that is looked for, where a tool can
NEARLY_NOTHING = 1e-9  # where a tolerance has to be more than 0


@dataclass(frozen=True, slots=True)
class Settings:
    """In the variable's unit, per hour, and seconds. None: not run."""

    span: tuple[float, float] | None = None
    spike: float | None = None
    rate_per_h: float | None = None
    flat_s: float | None = None


class Tool(Protocol):
    name: str

    def flagged(self, series: Series, asked: Settings) -> Mapping[str, Mask]:
        """By test: the readings that are suspect or worse."""


class Ours:
    """Through the engine, as every measurement is judged; `value` stands for whatever is measured."""

    name = "Stack VPS"
    REASONS: ClassVar[dict[str, Reason]] = {
        "gross_range": Reason.OUT_OF_RANGE,
        "spike": Reason.SPIKE,
        "rate_of_change": Reason.RATE_OF_CHANGE,
        "flat_line": Reason.FLAT_LINE,
    }

    def flagged(self, series: Series, asked: Settings) -> Mapping[str, Mask]:
        thresholds = Thresholds(
            gross_range=GrossRange(fail=asked.span) if asked.span else None,
            spike=Spike(asked.spike, readings=READINGS) if asked.spike else None,
            rate_of_change=RateOfChange(asked.rate_per_h) if asked.rate_per_h else None,
            flat_line=FlatLine(asked.flat_s) if asked.flat_s else None,
        )
        rows = len(series.times)
        unjudged = engine.Series("value", *series, np.ones(rows, np.int64), np.zeros(rows, np.int64))
        holding = [Segment(0, rows, Setup(thresholds={"value": thresholds}))]
        rules = [rule for rule in VALUE_RULES if rule.name in self.REASONS]
        reasons = judged(unjudged, holding, rules).reasons
        return {test: (reasons & reason) != 0 for test, reason in self.REASONS.items()}


class IoosQc:
    name = "ioos_qc"

    def flagged(self, series: Series, asked: Settings) -> Mapping[str, Mask]:
        from ioos_qc import qartod

        times, values = series.times.astype("datetime64[us]"), np.ma.masked_invalid(series.values)
        found: dict[str, Any] = {}
        if asked.span:
            found["gross_range"] = qartod.gross_range_test(values, asked.span)
        if asked.spike:
            found["spike"] = qartod.spike_test(values, suspect_threshold=asked.spike, fail_threshold=1e9)
        if asked.rate_per_h:
            found["rate_of_change"] = qartod.rate_of_change_test(values, times, asked.rate_per_h / 3600)
        if asked.flat_s:
            lasting = int(asked.flat_s)
            found["flat_line"] = qartod.flat_line_test(values, times, lasting, lasting, tolerance=NEARLY_NOTHING)
        return {name: np.isin(np.ma.filled(flags, 9), (3, 4)) for name, flags in found.items()}


class SaQC:
    name = "SaQC"

    def flagged(self, series: Series, asked: Settings) -> Mapping[str, Mask]:
        found: dict[str, Mask] = {}
        apart = int(np.median(np.diff(series.times))) // 10**6
        if asked.span:
            found["gross_range"] = _saqc(series, "flagRange", min=asked.span[0], max=asked.span[1])
        if asked.spike:
            # A second more: it asks for less than the window. Its feet may differ by as much as makes a spike.
            window = f"{(READINGS + 1) * apart + 1}s"
            found["spike"] = _saqc(series, "flagOffset", thresh=asked.spike, tolerance=asked.spike, window=window)
        if asked.flat_s:
            window = f"{int(asked.flat_s)}s"
            found["flat_line"] = _saqc(series, "flagConstants", thresh=NEARLY_NOTHING, window=window, min_periods=3)
        return found


def _saqc(series: Series, function: str, **settings: Any) -> Mask:
    import pandas as pd

    index = pd.DatetimeIndex(series.times.astype("datetime64[us]"))
    run = getattr(_load_saqc().SaQC(pd.Series(series.values, index=index, name="v")), function)("v", **settings)
    flags: Mask = run.flags["v"].to_numpy() > 0
    return flags & series.present


@lru_cache(maxsize=1)
def _load_saqc() -> Any:
    """It imports a window toolkit that many a Python comes without, for a chart that nobody asks for here."""
    os.environ.setdefault("MPLBACKEND", "Agg")
    if importlib.util.find_spec("tkinter") is None:
        stand_in = types.ModuleType("tkinter")
        stand_in.Frame = object  # type: ignore[attr-defined]  # its one base class
        sys.modules["tkinter"] = stand_in
    import saqc

    return saqc


def tools() -> list[Tool]:
    """Ours, and those of the others that are installed."""
    others: dict[str, Tool] = {"ioos_qc": IoosQc(), "saqc": SaQC()}
    return [Ours(), *(tool for module, tool in others.items() if importlib.util.find_spec(module))]
