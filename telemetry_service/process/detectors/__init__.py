"""Faults that no single reading shows: what a whole point's measurements say of each other. Plain Python.

A detector flags nothing and changes nothing: it says what it saw, when, and what a person should look at.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import chain

from telemetry_service.measurements.columns import Columns
from telemetry_service.process.detectors.factors import pulse_factor, unit_slip
from telemetry_service.process.detectors.finding import Finding, Limits
from telemetry_service.process.detectors.flow_total import flow_total_consistency
from telemetry_service.process.detectors.frozen_counter import frozen_counter, level_accumulated_consistency
from telemetry_service.process.detectors.resets import level_max_reset, zero_total_reset
from telemetry_service.process.detectors.tenth_scale import tenth_scale

DETECTORS: tuple[Callable[[Mapping[str, Columns], Limits], Iterator[Finding]], ...] = (
    tenth_scale,
    unit_slip,
    pulse_factor,
    frozen_counter,
    flow_total_consistency,
    level_accumulated_consistency,
    zero_total_reset,
    level_max_reset,
)


def detect(columns: Sequence[Columns], limits: Limits) -> list[Finding]:
    """Everything found in a point's measurements, by time."""
    by_variable = {one.variable: one for one in columns}
    found = chain.from_iterable(detector(by_variable, limits) for detector in DETECTORS)
    return sorted(found, key=lambda one: (one.first, one.name))
