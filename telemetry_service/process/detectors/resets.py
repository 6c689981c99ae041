"""ZERO_TOTAL_RESET and LEVEL_MAX_RESET of the specification. They say so; nothing is ever set to 0."""

from collections.abc import Iterator, Mapping

import numpy as np

from telemetry_service.measurements.columns import Columns
from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.detectors.finding import Finding, Limits, runs

FELL = int(Reason.ZERO_GLITCH | Reason.REPLACEMENT | Reason.REPLACEMENT_PROPOSED | Reason.NOISE)


def zero_total_reset(columns: Mapping[str, Columns], _: Limits) -> Iterator[Finding]:
    """The total is 0, or less than before."""
    total = columns.get("total")
    if total is None:
        return
    for first, last in runs((total.reasons & FELL) != 0):
        before = total.values[:first][total.quality[:first] == Quality.GOOD]
        seen = float(total.values[first])
        if len(before) and seen < before[-1]:
            says = f"el totalizador pasa de {before[-1]:g} a {seen:g} m³"
            at = int(total.times[first]), int(total.times[last])
            yield Finding("ZERO_TOTAL_RESET", *at, seen, float(before[-1]), says)


def level_max_reset(columns: Mapping[str, Columns], limits: Limits) -> Iterator[Finding]:
    level = columns.get("level")
    if level is None:
        return
    for first, last in runs(level.values > limits.level_max_m):
        highest = float(np.max(level.values[first : last + 1]))
        says = f"el nivel llega a {highest:g} m, sobre el máximo de {limits.level_max_m:g} m"
        at = int(level.times[first]), int(level.times[last])
        yield Finding("LEVEL_MAX_RESET", *at, highest, limits.level_max_m, says)
