"""FLOW_TOTAL_CONSISTENCY: what flowed by the flow sensor and what the counter drew are one water.

By weeks: flow read once an hour says little of a single day, and a sensor that is off stays off.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from telemetry_service.measurements.columns import Columns
from telemetry_service.process.detectors.finding import Finding, Limits, hourly, merged
from telemetry_service.process.instants import DAY

WEEK = 7 * DAY
ENOUGH_HOURS, ENOUGH_COUNTS = 72, 50
TIMES = 1.5  # one of them is at least so much more than the other


def flow_total_consistency(columns: Mapping[str, Columns], limits: Limits) -> Iterator[Finding]:
    hours = hourly(columns)
    known = np.flatnonzero(~np.isnan(hours.flow))
    weeks = (hours.ends[known] - 1) // WEEK
    found = []
    for week in np.unique(weeks):
        some = known[weeks == week]
        if len(some) < ENOUGH_HOURS:
            continue
        drawn = float(np.sum(hours.rate[some] * hours.seconds[some])) / 1000
        flowed = float(np.sum(np.abs(hours.flow[some]) * hours.seconds[some])) / 1000
        if max(drawn, flowed) >= ENOUGH_COUNTS * limits.m3_per_count and max(drawn, flowed) > TIMES * min(
            drawn, flowed
        ):
            ends = hours.ends[some]
            says = f"en la primera semana: por caudal {flowed:.1f} m³, por totalizador {drawn:.1f} m³"
            found.append(Finding("FLOW_TOTAL_CONSISTENCY", int(ends[0]), int(ends[-1]), flowed, drawn, says))
    yield from merged(found, within=2 * DAY)
