"""A counter read in the order of device time: what each verdict of the rules does to volume, meter and measurement.

Volume grows by differences between believed readings only, so a glitch or a gap loses nothing. A run that may be a
new meter is held until it is confirmed (the run is believed from its first reading on) or dismissed (it was a glitch).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar, NamedTuple
from uuid import UUID

from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.counter import Counter, Mark, Metering, Step, Verdict
from telemetry_service.process.meters import MeterPeriod, Meters, metering_of
from telemetry_service.process.rules import judge
from telemetry_service.process.setup import Setup

# One more reading that goes on from a point's first tells a counter from a stray value.
FIRST_READINGS = 1
NOTHING = Reason(0)
NO_METERING = Metering(Decimal(0), 0.0)


class Replacement(NamedTuple):
    """A new meter that the readings show. Readings are counts."""

    installed_at: datetime
    opening_reading: Decimal
    closing_reading: Decimal
    confirmed: bool


class Seen(NamedTuple):
    """A reading of the counter: its place among them all, its device time and who said it."""

    row: int
    time: datetime
    source: UUID


class CounterReading(NamedTuple):
    """What became of one reading. `volume` is in m³, None unless the reading was believed."""

    reading: Seen
    total: Decimal | None
    volume: Decimal | None
    quality: Quality
    reasons: Reason
    setup: Setup
    meter_from: datetime | None


class Held(NamedTuple):
    reading: Seen
    counts: Decimal
    metering: Metering
    setup: Setup
    noise: bool


@dataclass(slots=True)
class Pending:
    rises: bool
    last: Mark
    needed: int  # further readings that go on from the first
    held: list[Held]
    further: int = 0


@dataclass(slots=True)
class CounterStream:
    """`emit` may be called again for a reading that was held: the last word counts."""

    counter: Counter
    meters: Meters
    rejected: Collection[datetime]  # times of readings that a person said belong to no new meter
    emit: Callable[[CounterReading], None]
    pending: Pending | None = None
    replacements: list[Replacement] = field(default_factory=list)

    def read(self, reading: Seen, count: Decimal, setup: Setup) -> Verdict | None:
        """The verdict; None where the counter cannot be judged."""
        self._enter_meters(reading.time, setup)
        metering = metering_of(setup, self.meters.current)
        if metering is None or self.meters.is_between(reading.time):
            reason = Reason.NO_METER if metering else Reason.NO_PULSE_CONSTANT
            self._say(Held(reading, count, NO_METERING, setup, noise=False), Quality.NOT_EVALUATED, reason)
            return None
        held = Held(reading, count, metering, setup, noise=False)
        if count < 0:
            self._say(held, Quality.FAIL, Reason.NEGATIVE)
            return None
        verdict = judge(self._step(held))
        self.EFFECTS[verdict](self, held)
        return verdict

    def _step(self, held: Held) -> Step:
        last, rises = (self.pending.last, self.pending.rises) if self.pending else (None, False)
        return Step(held.reading.time, held.counts, held.metering, self.counter, last, rises)

    def finish(self) -> list[Replacement]:
        """Every replacement, with the one still pending as a proposal once a second reading speaks for it."""
        pending, base = self.pending, self.counter.base
        if pending is None or base is None or not pending.further:
            return self.replacements
        first = pending.held[0]
        return [*self.replacements, Replacement(first.reading.time, first.counts, base.counts, confirmed=False)]

    def _enter_meters(self, time: datetime, setup: Setup) -> None:
        for meter in self.meters.installed_by(time, after=self.counter.meter_from):
            self._dismiss()
            self.counter = self._open(meter, self.counter.volume + self._unread(setup))

    def _unread(self, setup: Setup) -> Decimal:
        """What the old meter counted between its last reading and its removal, where somebody read it then."""
        base, meter = self.counter.base, self.meters.current
        metering = metering_of(setup, meter)
        if base is None or meter is None or metering is None or meter.closing_reading is None:
            return Decimal(0)
        return max(Decimal(0), meter.closing_reading - base.counts) * metering.m3_per_count

    def _open(self, meter: MeterPeriod, volume: Decimal) -> Counter:
        opening = meter.opening_reading
        mark = None if opening is None else Mark(meter.installed_at, opening, None)
        return Counter(mark, volume, meter.installed_at)

    def _continue(self, held: Held) -> None:
        base = self.counter.base
        opens = self.counter.meter_from is not None and (base is None or base.source is None)
        counts = held.counts - base.counts if base else Decimal(0)
        self._believe(held, counts, Reason.REPLACEMENT if opens else NOTHING)

    def _roll_over(self, held: Held) -> None:
        base, modulus = self.counter.base, held.metering.modulus
        if base is not None and modulus is not None:
            self._believe(held, modulus - base.counts + held.counts, Reason.ROLL_OVER)

    def _believe(self, held: Held, counts: Decimal, reasons: Reason) -> None:
        if self.pending:
            self._dismiss()
        reading = held.reading
        volume = self.counter.volume + counts * held.metering.m3_per_count
        self.counter = Counter(Mark(reading.time, held.counts, reading.source), volume, self.counter.meter_from)
        self._say(held, Quality.GOOD, reasons, volume)

    def _call_noise(self, held: Held) -> None:
        self._dismiss()  # the old meter still counts
        self._say(held, Quality.SUSPECT, Reason.NOISE)

    def _call_truncated(self, held: Held) -> None:
        self.counter = self.counter._replace(truncated=_mark(held))
        self._say(held, Quality.SUSPECT, Reason.TRUNCATED_READING)

    def _call_zero(self, held: Held) -> None:
        if self.counter.base is None:
            self._say(held, Quality.NOT_EVALUATED, Reason.ZERO_GLITCH | Reason.NO_BASELINE)
        else:
            self._say(held, Quality.FAIL, Reason.ZERO_GLITCH)

    def _refuse(self, held: Held) -> None:
        self._dismiss()
        self.counter = self.counter._replace(refused=_mark(held))
        self._say(held, Quality.SUSPECT, Reason.REPLACEMENT_REJECTED)

    def _start(self, held: Held) -> None:
        self._dismiss()
        base = self.counter.base
        needed = held.setup.replacement_readings if base else FIRST_READINGS
        self.pending = Pending(bool(base and held.counts > base.counts), _mark(held), needed, [held])
        self._hold(held)

    def _join(self, held: Held) -> None:
        pending, base = self.pending, self.counter.base
        if pending is None:
            return
        pending.held.append(held)
        pending.last = _mark(held)
        # Another source that disagrees is another counter or another clock: only a person can tell.
        pending.further += base is None or base.source in (None, held.reading.source)
        # A value that never moves is as likely a broken device as a new meter.
        moves = base is None or held.counts > pending.held[0].counts
        if moves and pending.further >= pending.needed:
            self._confirm(pending)
        else:
            self._hold(held)

    def _join_as_noise(self, held: Held) -> None:
        if self.pending:
            self.pending.held.append(held._replace(noise=True))
            self._hold(held)

    def _hold(self, held: Held) -> None:
        pending, base = self.pending, self.counter.base
        if pending and base and held.reading.time in self.rejected:
            self.pending = None
            for each in pending.held:
                self._say(each, Quality.SUSPECT, Reason.REPLACEMENT_REJECTED)
            self.counter = self.counter._replace(refused=pending.last)
        elif base is None:
            self._say(held, Quality.NOT_EVALUATED, Reason.NO_BASELINE)
        else:
            rise = Reason.IMPLAUSIBLE_RISE if pending and pending.rises else NOTHING
            self._say(held, Quality.SUSPECT, Reason.REPLACEMENT_PROPOSED | rise)

    def _confirm(self, pending: Pending) -> None:
        self.pending = None
        old, first = self.counter, pending.held[0]
        meter_from = old.meter_from
        if old.base:
            meter_from = first.reading.time
            self.meters.current = None  # what a person entered was the old one
            self.replacements.append(Replacement(meter_from, first.counts, old.base.counts, confirmed=True))
        self.counter = Counter(_mark(first), old.volume, meter_from)
        self._believe(first, Decimal(0), Reason.REPLACEMENT if old.base else NOTHING)
        for held in pending.held[1:]:
            base = self.counter.base
            if held.noise or base is None:
                self._say(held, Quality.SUSPECT, Reason.NOISE)
            else:
                self._believe(held, held.counts - base.counts, NOTHING)

    def _dismiss(self) -> None:
        if self.pending is None:
            return
        reason = Reason.IMPLAUSIBLE_RISE if self.pending.rises else Reason.GLITCH
        for held in self.pending.held:
            self._say(held, Quality.SUSPECT, reason)
        self.pending = None

    def _say(self, held: Held, quality: Quality, reasons: Reason, volume: Decimal | None = None) -> None:
        total = held.counts * held.metering.m3_per_count if held.metering is not NO_METERING else None
        meter_from = self.counter.meter_from
        self.emit(CounterReading(held.reading, total, volume, quality, reasons, held.setup, meter_from))

    EFFECTS: ClassVar[dict[Verdict, Callable[["CounterStream", Held], None]]] = {
        Verdict.CONTINUES: _continue,
        Verdict.ROLLS_OVER: _roll_over,
        Verdict.NOISE: _call_noise,
        Verdict.TRUNCATED: _call_truncated,
        Verdict.ZERO: _call_zero,
        Verdict.REFUSED: _refuse,
        Verdict.JOINS: _join,
        Verdict.JOINS_AS_NOISE: _join_as_noise,
        Verdict.STARTS: _start,
    }


def _mark(held: Held) -> Mark:
    return Mark(held.reading.time, held.counts, held.reading.source)
