"""Faults that a person confirmed: while the configuration says so, what they touch is doubtful. The value is kept."""

from collections.abc import Sequence

import numpy as np

from telemetry_service.measurements.columns import Columns
from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.instants import Int64, Mask
from telemetry_service.process.segments import segments
from telemetry_service.process.setup import Setup

# A fault of what is read is one of what is made of it.
TOUCHED = {
    "total": {"total", "volume", "pulses", "mean_flow"},
    "pulses": {"pulses", "volume", "mean_flow"},
    "volume": {"volume", "mean_flow"},
    "level": {"level", "water_table"},
}


def doubt_confirmed(measured: list[Columns], setups: Sequence[Setup]) -> list[Columns]:
    """Each reading by the version that held at its time."""
    if any(setup.faults for setup in setups):
        for column in measured:
            _doubt(column, setups)
    return measured


def touched(variable: str, times: Int64, setups: Sequence[Setup]) -> Mask:
    """Which readings of the variable a confirmed fault makes doubtful."""
    found = np.zeros(len(times), np.bool_)
    for start, stop, setup in segments(times, setups):
        found[start:stop] = any(variable in TOUCHED.get(named, {named}) for named in setup.faults)
    return found


def _doubt(column: Columns, setups: Sequence[Setup]) -> None:
    """In arrays of its own: total and volume share theirs."""
    rows = touched(column.variable, column.times, setups)
    column.quality = np.where(rows, np.maximum(column.quality, int(Quality.SUSPECT)), column.quality)
    column.reasons = np.where(rows, column.reasons | int(Reason.CONFIRMED_FAULT), column.reasons)
