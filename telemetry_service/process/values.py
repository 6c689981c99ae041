"""Measurements of whatever is not a counter, a source's whole column at a time: unit, rules, water table, arrival."""

from collections.abc import Sequence
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from telemetry_service.measurements.columns import Columns
from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.exact import HELD, less, scaled
from telemetry_service.process.instants import NEVER, Floats, Int64, Mask
from telemetry_service.process.judging import judged
from telemetry_service.process.numbers import Numbers, numbers_in
from telemetry_service.process.readings import number_in
from telemetry_service.process.rules.logger_status import status_rows
from telemetry_service.process.segments import Segment, segments, versions
from telemetry_service.process.series import Series
from telemetry_service.process.setup import Setup
from telemetry_service.raw.columns import RawColumns
from telemetry_service.raw.flags import Flag
from telemetry_service.raw.units import SAME, Ratio, converted, ratio_to_ours

Rows = NDArray[np.intp]

GOOD, SUSPECT, NOT_EVALUATED, FAIL = (
    int(one) for one in (Quality.GOOD, Quality.SUSPECT, Quality.NOT_EVALUATED, Quality.FAIL)
)


def measured_values(raw: RawColumns, *, of: tuple[UUID, ...], setups: Sequence[Setup]) -> list[Columns]:
    """One column; for a level the water table too. `of` has the source of `raw`."""
    holding = segments(raw.times, setups)
    numbers = numbers_in(raw.texts)
    quality = np.full(len(raw), GOOD, np.int64)
    reasons = np.zeros(len(raw), np.int64)
    values, texts = _in_our_unit(raw, numbers, quality, reasons)
    _mark_unreadable(raw, numbers, values, quality, reasons, texts)
    if raw.variable == "flow":
        _cut_low(values, reasons, holding)
    read = judged(Series(raw.variable, raw.times, values, quality, reasons), holding)
    of_arrival(raw.flags, ~np.isnan(values), read.quality, read.reasons)
    sources, no_meter = np.full(len(raw), of.index(raw.source), np.int64), np.full(len(raw), NEVER, np.int64)
    measured = Columns(*read, sources, of, versions(holding, len(raw)), no_meter, texts)
    return [measured, water_table(measured, holding)] if raw.variable == "level" else [measured]


def of_arrival(flags: Int64, where: Mask, quality: Int64, reasons: Int64) -> None:
    """A time that is ours and not the device's cannot be trusted to the minute."""
    ours = np.flatnonzero(where & ((flags & int(Flag.RECEIVE_TIME)) != 0))
    quality[ours] = np.maximum(quality[ours], SUSPECT)
    reasons[ours] |= int(Reason.RECEIVE_TIME)


def water_table(level: Columns, holding: Sequence[Segment]) -> Columns:
    """Depth to the water: what the sensor's depth leaves above the column of water over it."""
    depth, known = np.full(len(level), np.nan), np.ones(len(level), np.bool_)
    for start, stop, setup in holding:
        column = level.values[start:stop]
        if setup.level_is_depth:
            depth[start:stop] = column
        elif setup.sensor_depth is not None:
            depth[start:stop] = less(np.array([setup.sensor_depth]), column)
        else:
            known[start:stop] = np.isnan(column)
    quality = np.where(known, GOOD, NOT_EVALUATED)
    reasons = np.where(known, 0, int(Reason.NO_SENSOR_DEPTH))
    table = judged(Series("water_table", level.times, depth, quality, reasons), holding)
    return Columns(
        "water_table",
        level.times,
        depth,
        np.maximum(table.quality, level.quality),
        table.reasons | level.reasons,
        *(level.sources, level.of, level.versions, level.meters),
    )


def _cut_low(values: Floats, reasons: Int64, holding: Sequence[Segment]) -> None:
    """Within the point's own low cut-off nothing flows: the zero of its meter drifts to both sides.

    That is how the instrument is read, as its factor is, and no guess of ours: it says so and may be good. Without a
    cut-off a small negative flow is held (`rules/negative.py`).
    """
    for start, stop, setup in holding:
        if setup.low_cutoff_l_s is not None:
            low = (
                np.flatnonzero((np.abs(values[start:stop]) <= setup.low_cutoff_l_s) & (values[start:stop] != 0)) + start
            )
            values[low], reasons[low] = 0.0, int(Reason.LOW_CUTOFF)


def _in_our_unit(raw: RawColumns, numbers: Numbers, quality: Int64, reasons: Int64) -> tuple[Floats, dict[int, str]]:
    """The values, and what is kept as text because nobody knows its unit."""
    values, texts = numbers.values.copy(), dict[int, str]()
    units = np.array(raw.units) if len(raw.units) > 1 else None
    for unit in sorted(set(raw.units)):
        where = ~np.isnan(numbers.values) if units is None else (units == unit) & ~np.isnan(numbers.values)
        ratio = ratio_to_ours(raw.variable, unit)
        if ratio is None:
            values[where] = np.nan
            quality[where], reasons[where] = NOT_EVALUATED, int(Reason.UNKNOWN_UNIT)
            texts.update((row, f"{raw.texts[row]} {unit}") for row in np.flatnonzero(where).tolist())
        elif ratio is not SAME:
            values[where] = _converted(raw, numbers, np.flatnonzero(where), ratio)
    return values, texts


def _converted(raw: RawColumns, numbers: Numbers, rows: Rows, ratio: Ratio) -> Floats:
    """Rounded once, as the decimals themselves would be."""
    found, values = scaled(numbers.values[rows]), np.empty(len(rows))
    power = 10**found.places
    plus, over = ratio.plus * power, ratio.over * power
    room = (HELD - abs(plus)) // ratio.times if over < HELD else 0
    exact = found.known & numbers.short[rows] & (np.abs(found.whole) < room)
    if exact.any():
        values[exact] = (found.whole[exact] * ratio.times + plus) / float(over)
    for place in np.flatnonzero(~exact).tolist():
        number = number_in(raw.texts[rows[place]])
        values[place] = np.nan if number is None else float(converted(number, ratio))
    return values


def _mark_unreadable(
    raw: RawColumns, numbers: Numbers, values: Floats, quality: Int64, reasons: Int64, texts: dict[int, str]
) -> None:
    """What is no number, and what is a logger's word and no value."""
    none = np.isnan(numbers.values)
    quality[none], reasons[none] = FAIL, int(Reason.NOT_A_NUMBER)
    texts.update((row, raw.texts[row]) for row in np.flatnonzero(none).tolist())
    status = status_rows(raw.variable, numbers.values)
    for row in np.flatnonzero(status).tolist():
        texts.pop(row, None)
    values[status] = np.nan
    quality[status], reasons[status] = FAIL, int(Reason.LOGGER_STATUS)
