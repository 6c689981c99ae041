"""Faults that a person confirmed: while the configuration says so, what they touch is doubtful. The value is kept."""

from collections.abc import Sequence

import numpy as np

from telemetry_service.measurements.columns import Columns
from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.segments import segments
from telemetry_service.process.setup import Setup

# A fault of what is read is one of what is made of it.
TOUCHED = {"total": {"total", "volume", "pulses"}, "pulses": {"pulses", "volume"}, "level": {"level", "water_table"}}


def doubt_confirmed(measured: list[Columns], setups: Sequence[Setup]) -> list[Columns]:
    """Each reading by the version that held at its time."""
    if any(setup.faults for setup in setups):
        for column in measured:
            _doubt(column, setups)
    return measured


def _doubt(column: Columns, setups: Sequence[Setup]) -> None:
    for start, stop, setup in segments(column.times, setups):
        if any(column.variable in TOUCHED.get(named, {named}) for named in setup.faults):
            rows = slice(start, stop)
            column.quality[rows] = np.maximum(column.quality[rows], int(Quality.SUSPECT))
            column.reasons[rows] |= int(Reason.CONFIRMED_FAULT)
