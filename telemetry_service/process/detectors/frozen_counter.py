"""A counter that stands at a healthy value while water moves is a broken counter, not a stopped pump.

By flow it is `frozen_counter`; by a level that falls as it does only under a pump, the specification's
LEVEL_ACCUMULATED_CONSISTENCY.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from telemetry_service.measurements.columns import Columns
from telemetry_service.process.detectors.finding import HOUR, Finding, Limits, believed, with_value
from telemetry_service.process.instants import Floats, Int64

SHORTEST = 6 * HOUR
ENOUGH_COUNTS = 20  # that should have come
FLOWING = 0.5  # of the readings


def frozen_counter(columns: Mapping[str, Columns], limits: Limits) -> Iterator[Finding]:
    times, values = with_value(columns.get("flow"))
    for first, last in _standing(columns):
        near = slice(np.searchsorted(times, first, "right"), np.searchsorted(times, last, "right"))
        flow = values[near]
        if not len(flow) or np.mean(flow > 0) < FLOWING:
            continue
        missed = float(flow.mean()) * (last - first) / 1e6 / 1000
        if missed >= ENOUGH_COUNTS * limits.m3_per_count:
            says = f"el totalizador no avanza mientras pasan unos {missed:.1f} m³ según el caudal"
            yield Finding("frozen_counter", first, last, 0.0, missed, says)


def level_accumulated_consistency(columns: Mapping[str, Columns], limits: Limits) -> Iterator[Finding]:
    times, depths = believed(columns.get("water_table"))
    for first, last in _standing(columns):
        near = slice(np.searchsorted(times, first, "right"), np.searchsorted(times, last, "right"))
        fallen = _drawdown(depths[near])
        if fallen >= limits.drawdown_m:
            says = f"el nivel baja {fallen:.2f} m mientras el totalizador no avanza"
            yield Finding("LEVEL_ACCUMULATED_CONSISTENCY", first, last, fallen, 0.0, says)


def _standing(columns: Mapping[str, Columns]) -> list[tuple[int, int]]:
    """From when to when the counter stood still, where long enough."""
    times, volumes = believed(columns.get("volume"))
    moves = np.flatnonzero(np.diff(volumes) > 0)
    firsts: Int64 = np.concatenate([[0], moves + 1]) if len(times) else np.zeros(0, np.int64)
    lasts: Int64 = np.concatenate([moves, [len(times) - 1]]) if len(times) else firsts
    spans = zip(times[firsts].tolist(), times[lasts].tolist(), strict=True)
    return [(first, last) for first, last in spans if last - first >= SHORTEST]


def _drawdown(depths: Floats) -> float:
    """The furthest that the water went down from where it stood before."""
    return float(np.max(depths - np.minimum.accumulate(depths))) if len(depths) else 0.0
