"""A flow that is a constant times what the counter shows: m³/h taken for L/s (×3.6), a pulse factor wrong by tens.

Single hours say little where flow is read once an hour: a day counts where most of its pumping hours agree.
"""

from collections.abc import Iterator, Mapping

import numpy as np

from telemetry_service.measurements.columns import Columns
from telemetry_service.process.detectors.finding import Finding, Hourly, Limits, by_day, hourly, merged
from telemetry_service.process.instants import DAY

ENOUGH_HOURS, ENOUGH_COUNTS = 6, 5
AGREE, WITHIN = 0.7, 0.12
TENS = (10.0, 100.0, 1000.0, 0.1, 0.01, 0.001)


def unit_slip(columns: Mapping[str, Columns], limits: Limits) -> Iterator[Finding]:
    hours = hourly(columns)
    yield from _days(
        hours, limits, 3.6, "unit_slip", "el caudal parece venir en m³/h y se lee como L/s (3,6 veces más)"
    )
    yield from _days(hours, limits, 1 / 3.6, "unit_slip", "el caudal parece dividido dos veces por 3,6")


def pulse_factor(columns: Mapping[str, Columns], limits: Limits) -> Iterator[Finding]:
    hours = hourly(columns)
    for factor in TENS:
        says = f"el caudal es {factor:g} veces lo que cuenta el totalizador: revise los litros por pulso"
        yield from _days(hours, limits, factor, "pulse_factor", says)


def _days(hours: Hourly, limits: Limits, factor: float, name: str, says: str) -> list[Finding]:
    least = ENOUGH_COUNTS * limits.m3_per_count
    drawn = (hours.rate * hours.seconds / 1000 >= least) & (hours.flow > 0)
    found = []
    for day in by_day(hours.ends):
        some = day[drawn[day]]
        if len(some) < ENOUGH_HOURS:
            continue
        ratio = hours.flow[some] / hours.rate[some]
        if np.mean(np.abs(ratio / factor - 1) <= WITHIN) >= AGREE:
            ends = hours.ends[some]
            found.append(Finding(name, int(ends[0]), int(ends[-1]), float(np.median(ratio)), 1.0, says))
    return merged(found, within=3 * DAY)
