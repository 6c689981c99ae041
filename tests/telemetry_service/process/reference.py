"""The engine once more, reading by reading and nothing clever: what the arrays of the real one have to give.

The rules of a counter are the real ones, asked about every single reading; those of values are written out again.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from uuid import UUID

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.checkpoints import Checkpoint
from telemetry_service.process.counter import Counter, Verdict
from telemetry_service.process.meters import MeterPeriod, Meters, metering_of
from telemetry_service.process.qartod.gross_range import GrossRange
from telemetry_service.process.readings import Measured, Reading, number_in
from telemetry_service.process.rules.logger_status import is_logger_status
from telemetry_service.process.setup import UNCONFIGURED, Setup
from telemetry_service.process.stream import CounterReading, CounterStream, Replacement, Seen
from telemetry_service.raw.flags import Flag
from telemetry_service.raw.units import converted, ratio_to_ours

# The counter is read before its companions, whose device it may show to be reading wrong; `total` speaks for `pulses`.
RANKS = {"total": 0, "pulses": 1}
COUNTERS = frozenset(RANKS)
NOTHING = Reason(0)
# What the counter shows of the whole device: flow is at a tenth too, or the outage made it 0 too.
OF_THE_DEVICE = {Verdict.TRUNCATED: Reason.TRUNCATED_READING, Verdict.ZERO: Reason.ZERO_GLITCH}


@dataclass(frozen=True, slots=True)
class Outcome:
    """`checkpoints`: the last of each UTC day that had one, and the very last."""

    measured: list[Measured]
    replacements: list[Replacement]
    checkpoints: list[Checkpoint]


def evaluate(
    readings: Iterable[Reading],
    *,
    setups: Iterable[Setup],
    meters: Iterable[MeterPeriod] = (),
    rejected: Collection[datetime] = (),
    start: Checkpoint | None = None,
) -> Outcome:
    """`readings`: every raw row later than `start`, or all of them, in any order, duplicates included."""
    engine = _Engine(setups, list(meters), rejected, start)
    rows = sorted(readings, key=_order)
    for time, group in groupby(rows, key=lambda reading: reading.time):
        engine.read(time, group)
    return engine.finish()


def _order(reading: Reading) -> tuple[datetime, int, str, UUID]:
    return reading.time, RANKS.get(reading.variable, 2), reading.variable, reading.source


class _Engine:
    def __init__(
        self,
        setups: Iterable[Setup],
        meters: Sequence[MeterPeriod],
        rejected: Collection[datetime],
        start: Checkpoint | None,
    ) -> None:
        counter = start.counter if start else Counter()
        self.setups = Setups(setups)
        self.meters = {meter.installed_at: meter for meter in meters}
        self.stream = CounterStream(counter, Meters(meters, current_from=counter.meter_from), rejected, self._put_total)
        self.out: dict[tuple[str, datetime], Measured] = {}
        self.settled = start
        self.checkpoints: list[Checkpoint] = []
        self.readings: list[Reading] = []
        self.read_of: dict[int, CounterReading] = {}
        self.device: dict[UUID, Reason] = {}  # what the counters of this device time show of their devices

    def read(self, time: datetime, group: Iterator[Reading]) -> None:
        setup = self.setups.at(time)
        self.device.clear()
        previous, totals = None, False
        for reading in group:
            if previous and reading[:2] == previous[:2] and reading.source == previous.source:
                continue
            if reading.variable in COUNTERS:
                totals = totals or reading.variable == "total"
                self._read_counter(reading, setup, spoken_for=reading.variable == "pulses" and totals)
            else:
                self._read_value(reading, setup)
            previous = reading
        if self.stream.pending is None:
            self._settle(time)

    def finish(self) -> Outcome:
        if self.settled and (not self.checkpoints or self.checkpoints[-1] is not self.settled):
            self.checkpoints.append(self.settled)
        for row in sorted(self.read_of):
            self._put_flow(row)
        return Outcome(list(self.out.values()), self.stream.finish(), self.checkpoints)

    def _settle(self, time: datetime) -> None:
        if self.settled and self.settled.at.toordinal() != time.toordinal():
            self.checkpoints.append(self.settled)
        self.settled = Checkpoint(time, self.stream.counter)

    def _read_counter(self, reading: Reading, setup: Setup, *, spoken_for: bool) -> None:
        number = number_in(reading.value)
        problem = _unreadable(reading, number)
        if reading.variable == "pulses":
            self._put(_measured(reading, setup, number, problem))
        if spoken_for:
            return
        if number is None or problem:
            seen = self._seen(reading)
            self._put_total(CounterReading(seen, None, None, Quality.FAIL, problem or NOTHING, setup, self._meter))
            return
        verdict = self.stream.read(self._seen(reading), number, setup)
        shown = OF_THE_DEVICE.get(verdict) if verdict else None
        if shown:
            self.device[reading.source] = shown

    def _read_value(self, reading: Reading, setup: Setup) -> None:
        number = number_in(reading.value)
        problem = _unreadable(reading, number)
        measured = _measured(reading, setup, number, problem)
        if reading.variable == "flow":
            measured = self._with_device(measured)
        self._put(measured)
        if reading.variable == "level":
            self._put(water_table(measured, setup))

    def _with_device(self, flow: Measured) -> Measured:
        shown = self.device.get(flow.source)
        if shown is None or (shown is Reason.ZERO_GLITCH and flow.value):
            return flow
        return flow._replace(quality=max(flow.quality, Quality.SUSPECT), reasons=flow.reasons | shown)

    def _seen(self, reading: Reading) -> Seen:
        self.readings.append(reading)
        return Seen(len(self.readings) - 1, reading.time, reading.source)

    @property
    def _meter(self) -> datetime | None:
        return self.stream.counter.meter_from

    def _put_total(self, read: CounterReading) -> None:
        self.read_of[read.reading.row] = read
        reading = self.readings[read.reading.row]
        _, time, text, source, _, _ = reading
        quality, reasons = of_arrival(reading, read.quality, read.reasons)
        version, total, volume = read.setup.version, read.total, read.volume
        plain = text if total is None and Reason.NOT_A_NUMBER in read.reasons else None
        rest = (quality, reasons, source, version, read.meter_from)
        self._put(Measured("total", time, None if total is None else float(total), plain, *rest))
        self._put(Measured("volume", time, None if volume is None else float(volume), None, *rest))

    def _put_flow(self, row: int) -> None:
        read, volume = self.read_of[row], self.out["volume", self.readings[row].time]
        if read.setup.mean_flow_s and volume.source == read.reading.source:
            begin = self._begin(row) if volume.value is not None else None
            self._put(mean_flow(volume, read.setup, begin, self._per_count(read)))

    def _per_count(self, read: CounterReading) -> float:
        meter = self.meters.get(read.meter_from) if read.meter_from else None
        metering = metering_of(read.setup, meter)
        return float(metering.m3_per_count) if metering else 0.0

    def _begin(self, row: int) -> Reading | None:
        """The reading with which the window that ends with this one begins, and its volume in place of its value."""
        read, time = self.read_of[row], self.readings[row].time
        earlier = [
            self.readings[other]._replace(value=str(float(one.volume)))
            for other, one in sorted(self.read_of.items())
            if one.volume is not None and one.meter_from == read.meter_from and self.readings[other].time < time
        ]
        within = [one for one in earlier if (time - one.time).total_seconds() <= (read.setup.mean_flow_s or 0)]
        least = float(read.volume or 0) - 19.5 * self._per_count(read)
        enough = [one for one in within if float(one.value) <= least]
        return enough[-1] if enough else within[0] if within else earlier[-1] if earlier else None

    def _put(self, measured: Measured) -> None:
        """Of two sources' measurements of one instant the better stays; of two equals, the first."""
        key = (measured.variable, measured.time)
        there = self.out.get(key)
        if there is None or there.source == measured.source or measured.quality < there.quality:
            self.out[key] = measured


def _unreadable(reading: Reading, number: Decimal | None) -> Reason | None:
    if number is None:
        return Reason.NOT_A_NUMBER
    return Reason.LOGGER_STATUS if is_logger_status(reading.variable, number) else None


def _measured(reading: Reading, setup: Setup, number: Decimal | None, problem: Reason | None) -> Measured:
    variable, time, text, source, unit, _ = reading
    if number is None or problem is not None:
        plain = text if number is None else None
        return Measured(variable, time, None, plain, Quality.FAIL, problem or NOTHING, source, setup.version)
    ratio = ratio_to_ours(variable, unit)
    if ratio is None:
        return Measured(
            variable, time, None, f"{text} {unit}", Quality.NOT_EVALUATED, Reason.UNKNOWN_UNIT, source, setup.version
        )
    value = float(converted(number, ratio))
    quality, reasons = of_arrival(reading, *check(variable, value, setup))
    return Measured(variable, time, value, None, quality, reasons, source, setup.version)


def of_arrival(reading: Reading, quality: Quality, reasons: Reason) -> tuple[Quality, Reason]:
    """A time that is ours and not the device's cannot be trusted to the minute."""
    if not reading.flags & Flag.RECEIVE_TIME:
        return quality, reasons
    return max(quality, Quality.SUSPECT), reasons | Reason.RECEIVE_TIME


def water_table(level: Measured, setup: Setup) -> Measured:
    """Depth to the water: what the sensor's depth leaves above the column of water over it."""
    if level.value is None or setup.level_is_depth:
        depth = level.value
    elif setup.sensor_depth is None:
        return level._replace(
            variable="water_table",
            value=None,
            quality=max(level.quality, Quality.NOT_EVALUATED),
            reasons=level.reasons | Reason.NO_SENSOR_DEPTH,
        )
    else:
        # In decimals, as the sensor counts: 60.3 - 0.9 is 59.4, not 59.39999999999999.
        depth = float(Decimal(repr(setup.sensor_depth)) - Decimal(repr(level.value)))
    quality, reasons = (Quality.GOOD, NOTHING) if depth is None else check("water_table", depth, setup)
    quality, reasons = max(quality, level.quality), reasons | level.reasons
    return level._replace(variable="water_table", value=depth, text=None, quality=quality, reasons=reasons)


def mean_flow(volume: Measured, setup: Setup, begin: Reading | None, per_count: float) -> Measured:
    flow, longest = volume._replace(variable="mean_flow", text=None), setup.mean_flow_s or 0
    if volume.value is None:
        return flow
    if begin is None:
        return _doubted(flow._replace(value=None), Quality.NOT_EVALUATED, Reason.NO_BASELINE)
    window = (volume.time - begin.time).total_seconds()
    advance = Decimal(repr(volume.value)) - Decimal(begin.value)
    if window * 3 < longest and float(advance) < 19.5 * per_count:
        flow = _doubted(flow._replace(value=None), Quality.NOT_EVALUATED, Reason.SHORT_WINDOW)
    else:
        value = 1000 * float(advance) / window
        flow = _doubted(flow._replace(value=value), *check("mean_flow", value, setup))
    if window > 1.5 * longest:
        return _doubted(flow, Quality.SUSPECT, Reason.MEAN_OF_GAP)
    return flow._replace(
        **dict(zip(("quality", "reasons"), of_arrival(begin, flow.quality, flow.reasons), strict=True))
    )


def _doubted(row: Measured, quality: Quality, reasons: Reason) -> Measured:
    return row._replace(quality=max(row.quality, quality), reasons=row.reasons | reasons)


class Setups:
    """The versions of a point, asked for times that never go back."""

    def __init__(self, versions: Iterable[Setup]) -> None:
        """`versions` in the order in which they begin to hold."""
        self._waiting = list(versions)[::-1]
        self._current = UNCONFIGURED

    def at(self, time: datetime) -> Setup:
        while self._waiting and _holds(self._waiting[-1], time):
            self._current = self._waiting.pop()
        return self._current


def _holds(setup: Setup, time: datetime) -> bool:
    return setup.valid_from is None or setup.valid_from <= time


def check(variable: str, value: float, setup: Setup) -> tuple[Quality, Reason]:
    found = [(Quality.GOOD, NOTHING), *_objections(variable, value, setup)]
    reasons = NOTHING
    for _, reason in found:
        reasons |= reason
    return max(quality for quality, _ in found), reasons


def _objections(variable: str, value: float, setup: Setup) -> Iterator[tuple[Quality, Reason]]:
    low, high = setup.limits.get(variable, (value, value))
    if not low <= value <= high:
        yield Quality.FAIL, Reason.OUT_OF_RANGE
    ceiling = setup.pipe_ceiling_m3_s
    if variable in ("flow", "mean_flow") and ceiling is not None and value > ceiling * 1000:
        yield Quality.SUSPECT, Reason.ABOVE_PIPE_CEILING
    if value < 0 and variable not in ("temperature", "signal"):
        yield Quality.SUSPECT, Reason.NEGATIVE
        if variable == "flow" and value >= -0.5:
            yield Quality.SUSPECT, Reason.LOW_CUTOFF
    limits = setup.thresholds_of(variable).gross_range
    if limits:
        yield from _out_of_span(value, limits)


def _out_of_span(value: float, limits: GrossRange) -> Iterator[tuple[Quality, Reason]]:
    if limits.fail and not limits.fail[0] <= value <= limits.fail[1]:
        yield Quality.FAIL, Reason.OUT_OF_RANGE
    elif limits.suspect and not limits.suspect[0] <= value <= limits.suspect[1]:
        yield Quality.SUSPECT, Reason.UNUSUAL_VALUE
