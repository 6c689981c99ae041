"""The mean flow that a point's counter shows, as measurements: where the configuration asks for it, by versions.

Each reading of the counter has one. What is doubted of the readings at either end of its window is doubted of it too;
the mean of a gap is doubtful whatever its ends are.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

import numpy as np

from telemetry_service.measurements.columns import Columns
from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.confirmed import touched
from telemetry_service.process.counter import Counter
from telemetry_service.process.instants import NEVER, Floats, Int64, Mask, micros
from telemetry_service.process.judging import judged
from telemetry_service.process.mean_flow import GAP, MeanFlow, mean_flow
from telemetry_service.process.meters import MeterPeriod, metering_of
from telemetry_service.process.segments import segments
from telemetry_service.process.series import Series
from telemetry_service.process.setup import Setup

VARIABLE = "mean_flow"


class _Ends(NamedTuple):
    """The believed readings, by time, and before them the one that was believed last when the pass began."""

    rows: Int64  # of the volume; -1 is the one before
    times: Int64
    volumes: Floats
    meters: Int64


def is_wanted(setups: Iterable[Setup]) -> bool:
    return any(setup.mean_flow_s for setup in setups)


def reach_back(setups: Iterable[Setup]) -> timedelta:
    """How far before a reading of the counter another can change its flow."""
    return timedelta(seconds=GAP * max((setup.mean_flow_s or 0 for setup in setups), default=0))


def counter_flow(
    volume: Columns, *, kept: Mask, start: Counter, setups: Sequence[Setup], meters: Sequence[MeterPeriod]
) -> Columns:
    """`volume` has all readings, of several sources too; of those `kept` there is a flow. `start`: before the pass."""
    ends = _ends(volume, start)
    flow = _flow(ends, setups, meters)
    found = _measured(volume, ends, flow, setups)
    found = found.take(kept & _asked(volume.times, setups))
    series = Series(VARIABLE, found.times, found.values, found.quality, found.reasons)
    read = judged(series, segments(found.times, setups))
    found.quality, found.reasons = read.quality, read.reasons
    return found


def _ends(volume: Columns, start: Counter) -> _Ends:
    rows = np.flatnonzero(~np.isnan(volume.values))
    ends = _Ends(rows, volume.times[rows], volume.values[rows], volume.meters[rows])
    base = start.base
    if base is None or base.source is None:  # no reading of this meter was believed yet
        return ends
    meter = NEVER if start.meter_from is None else micros(start.meter_from)
    before = _Ends(*(np.array([one]) for one in (-1, micros(base.time), float(start.volume), meter)))
    return _Ends(*(np.concatenate(pair) for pair in zip(before, ends, strict=True)))


def _flow(ends: _Ends, setups: Sequence[Setup], meters: Sequence[MeterPeriod]) -> MeanFlow:
    longest, per_count = np.ones(len(ends.times), np.int64), np.zeros(len(ends.times))
    by_start = {micros(meter.installed_at): meter for meter in meters}
    for start, stop, setup in segments(ends.times, setups):
        longest[start:stop] = setup.mean_flow_s or 1
        for since in np.unique(ends.meters[start:stop]).tolist():
            metering = metering_of(setup, by_start.get(since))
            if metering:
                of_it = np.flatnonzero(ends.meters[start:stop] == since) + start
                per_count[of_it] = float(metering.m3_per_count)
    return mean_flow(ends.times, ends.volumes, m3_per_count=per_count, longest_s=longest, meters=ends.meters)


def _measured(volume: Columns, ends: _Ends, flow: MeanFlow, setups: Sequence[Setup]) -> Columns:
    """Where the counter was not believed the flow has its quality and reasons, and no value."""
    values, quality, reasons = np.full(len(volume), np.nan), volume.quality.copy(), volume.reasons.copy()
    for rows, worst, reason in _doubts(volume, ends, flow, setups):
        quality[rows] = np.maximum(quality[rows], int(worst))
        reasons[rows] |= int(reason)
    own = ends.rows >= 0
    values[ends.rows[own]] = flow.flow[own]
    rest = (volume.sources, volume.of, volume.versions, volume.meters)
    return Columns(VARIABLE, volume.times, values, quality, reasons, *rest)


def _doubts(
    volume: Columns, ends: _Ends, flow: MeanFlow, setups: Sequence[Setup]
) -> Iterator[tuple[Int64, Quality, Reason]]:
    own = ends.rows >= 0
    yield ends.rows[own & (flow.first < 0)], Quality.NOT_EVALUATED, Reason.NO_BASELINE
    yield ends.rows[own & flow.short], Quality.NOT_EVALUATED, Reason.SHORT_WINDOW
    yield ends.rows[own & flow.of_gap], Quality.SUSPECT, Reason.MEAN_OF_GAP
    # The reading before the pass begins no window but a gap's, which is doubtful anyhow: what it was is not asked.
    within = np.flatnonzero((flow.first >= 0) & ~flow.of_gap & (ends.rows[flow.first] >= 0))
    begins = ends.rows[flow.first[within]]
    received = (volume.reasons[begins] & int(Reason.RECEIVE_TIME)) != 0
    yield ends.rows[within[received]], Quality.SUSPECT, Reason.RECEIVE_TIME
    faulty = touched("volume", volume.times, setups)[begins]
    yield ends.rows[within[faulty]], Quality.SUSPECT, Reason.CONFIRMED_FAULT


def _asked(times: Int64, setups: Sequence[Setup]) -> Mask:
    asked = np.zeros(len(times), np.bool_)
    for start, stop, setup in segments(times, setups):
        asked[start:stop] = setup.mean_flow_s is not None
    return asked
