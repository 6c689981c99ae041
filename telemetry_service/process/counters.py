"""A point's counter, a whole column at a time: runs that simply go on are arrays, whatever is odd goes to the stream.

A run is a stretch of readings each of which surely continues the one before it. The stream is asked about the reading
before a run and about all that is in none, so what a reading is decide the rules, in one place.
"""

import itertools
from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from telemetry_service.measurements.columns import Columns
from telemetry_service.measurements.quality import Quality, Reason
from telemetry_service.process.counter import COUNTS_OF_GRACE, Counter, Metering, Verdict
from telemetry_service.process.counter_flow import counter_flow, is_wanted
from telemetry_service.process.gauge import Gauge
from telemetry_service.process.instants import MICROS_A_SECOND, NEVER, Floats, Int64, instant, micros
from telemetry_service.process.meters import MeterPeriod, Meters, metering_of
from telemetry_service.process.readings import number_in
from telemetry_service.process.rivals import Said, losers
from telemetry_service.process.runs import run_of
from telemetry_service.process.segments import Segment, segments, versions
from telemetry_service.process.setup import Setup
from telemetry_service.process.stream import CounterReading, CounterStream, Replacement, Seen
from telemetry_service.process.trail import Known, Trail
from telemetry_service.process.values import of_arrival

# What the counter shows of the whole device: flow is at a tenth too, or the outage made it 0 too.
OF_THE_DEVICE = {Verdict.TRUNCATED: Reason.TRUNCATED_READING, Verdict.ZERO: Reason.ZERO_GLITCH}
SHORTEST_RUN = 8  # below it the arrays cost more than they save
SURELY = 1 - 1e-9  # what is this near to the fastest is left to the exact rules


class Shown(NamedTuple):
    """What a reading of the counter shows of its device at that time."""

    time: int
    source: int
    reason: Reason


@dataclass(slots=True)
class CounterPass:
    """One walk over all readings. `trail` then knows the counter's state after each."""

    gauge: Gauge
    setups: Sequence[Setup]
    meters: Sequence[MeterPeriod]
    rejected: Collection[datetime]
    start: Counter
    shown: list[Shown] = field(default_factory=list)
    trail: Trail = field(init=False)
    judged: NDArray[np.intp] = field(init=False)
    times: Int64 = field(init=False)
    stream: CounterStream = field(init=False)
    quality: Int64 = field(init=False)
    reasons: Int64 = field(init=False)
    totals: Floats = field(init=False)
    volumes: Floats = field(init=False)
    meter: Int64 = field(init=False)
    said: list[Said] = field(default_factory=list)
    _pending: list[int] = field(default_factory=list)  # the places where something begins to be pending
    _at: int = 0  # the row that is read
    _base: int = -1  # the place of the last reading that was believed, if nothing else is known of the counter

    def __post_init__(self) -> None:
        gauge, rows = self.gauge, len(self.gauge)
        self.judged = np.flatnonzero(gauge.problems == 0)
        self.times = gauge.times[self.judged]
        self.trail = Trail(gauge, self.judged, self.start)
        meters = Meters(self.meters, current_from=self.start.meter_from)
        self.stream = CounterStream(self.start, meters, self.rejected, self._note)
        self.quality, self.reasons = np.full(rows, int(Quality.FAIL)), gauge.problems.copy()
        self.totals, self.volumes = np.full(rows, np.nan), np.full(rows, np.nan)
        self.meter = np.full(rows, NEVER, np.int64)

    def walk(self) -> list[Replacement]:
        for piece in self._pieces():
            self._read_piece(piece)
        self._end_unreadable()
        return self.stream.finish()

    def columns(self) -> list[Columns]:
        """Total and volume, and the flow that they show where it is asked for: one of each time."""
        gauge = self.gauge
        of_arrival(gauge.flags, np.ones(len(gauge), np.bool_), self.quality, self.reasons)
        holding = versions(segments(gauge.times, self.setups), len(gauge))
        rest = (self.quality, self.reasons, gauge.sources, gauge.of, holding, self.meter)
        wordless = np.flatnonzero(np.isnan(self.totals) & ((self.reasons & int(Reason.NOT_A_NUMBER)) != 0))
        texts = {row: gauge.texts[row] for row in wordless.tolist()}
        total = Columns("total", gauge.times, self.totals, *rest, texts)
        volume = Columns("volume", gauge.times, self.volumes, *rest)
        lost = losers(gauge, self.said, self.quality)
        kept = np.ones(len(gauge), np.bool_)
        kept[lost] = False
        found = [one.take(kept) for one in (total, volume)] if lost else [total, volume]
        if is_wanted(self.setups):
            found.append(counter_flow(volume, kept=kept, start=self.start, setups=self.setups, meters=self.meters))
        return found

    def known_at(self, time: int) -> Known:
        """After every reading up to and including `time`."""
        return self.trail.after(int(np.searchsorted(self.times, time, "right")) - 1)

    def began_pending(self, time: int) -> int:
        """The time of the first reading of the stretch that is pending at `time`."""
        place = int(np.searchsorted(self.times, time, "right")) - 1
        return int(self.times[self._pending[bisect_right(self._pending, place) - 1]])

    def _pieces(self) -> Iterator[Segment]:
        """Stretches in which neither configuration nor meter changes but by what the readings show."""
        edges = {micros(at) for one in self.meters for at in (one.installed_at, one.removed_at) if at}
        cuts = np.searchsorted(self.times, sorted(edges)).tolist()
        for start, stop, setup in segments(self.times, self.setups):
            inner = [cut for cut in cuts if start < cut < stop]
            bounds = [start, *dict.fromkeys(inner), stop]
            yield from (Segment(*pair, setup) for pair in itertools.pairwise(bounds))

    def _read_piece(self, piece: Segment) -> None:
        place, breaks = piece.start, dict[Metering, Int64]()
        while place < piece.stop:
            place = self._take_run(place, piece, breaks)
            if place < piece.stop:
                self._read_one(place, piece.setup)
                place += 1

    def _take_run(self, place: int, piece: Segment, breaks: dict[Metering, Int64]) -> int:
        """Reads the run that begins at `place`, if one does; gives the place after it."""
        if self._base != place - 1 or place == piece.start or piece.stop - place < SHORTEST_RUN:
            return place
        metering = metering_of(piece.setup, self.stream.meters.current)
        if metering is None or self.stream.meters.is_between(instant(int(self.times[place]))):
            return place
        if metering not in breaks:
            breaks[metering] = self._breaks(piece, metering)
        ends = breaks[metering]
        index = int(np.searchsorted(ends, place))
        stop = int(ends[index]) if index < len(ends) else piece.stop
        if stop - place < SHORTEST_RUN:
            return place
        self._keep_run(place, stop, metering)
        return stop

    def _breaks(self, piece: Segment, metering: Metering) -> Int64:
        """The places of the piece whose reading does not surely continue the one before."""
        rows = self.judged[piece.start : piece.stop]
        counts, exact = self.gauge.whole[rows], self.gauge.exact[rows]
        seconds = np.diff(self.gauge.times[rows]) / MICROS_A_SECOND
        most = (seconds * metering.counts_per_s + COUNTS_OF_GRACE) * SURELY
        rise = np.diff(counts)
        # From something to exactly nothing, or below it, is for the rules.
        sure = exact[1:] & exact[:-1] & (rise >= 0) & (counts[:-1] >= 0) & (rise / 10.0**self.gauge.places < most)
        return np.flatnonzero(~sure) + piece.start + 1

    def _keep_run(self, place: int, stop: int, metering: Metering) -> None:
        counter, gauge = self.stream.counter, self.gauge
        rows = self.judged[place:stop]
        counts = gauge.whole[self.judged[place - 1 : stop]]
        run = run_of(counts, places=gauge.places, metering=metering, volume=counter.volume)
        self.quality[rows], self.reasons[rows] = int(Quality.GOOD), 0
        self.totals[rows], self.volumes[rows] = run.totals, run.volumes
        self.meter[rows] = NEVER if counter.meter_from is None else micros(counter.meter_from)
        self.trail.run(place, run, counter)
        self.stream.counter = self.trail.after(stop - 1).counter
        self._base = stop - 1

    def _read_one(self, place: int, setup: Setup) -> None:
        row = int(self.judged[place])
        source = int(self.gauge.sources[row])
        number = number_in(self.gauge.texts[row])
        if number is None:
            raise AssertionError("what is no number has a problem")
        self._at = row
        seen = Seen(row, instant(int(self.gauge.times[row])), self.gauge.of[source])
        verdict = self.stream.read(seen, number, setup)
        shown = OF_THE_DEVICE.get(verdict) if verdict else None
        if shown:
            self.shown.append(Shown(int(self.gauge.times[row]), source, shown))
        counter, pending = self.stream.counter, self.stream.pending is not None
        if pending and not self.trail.after(place - 1).pending:
            self._pending.append(place)
        self.trail.step(place, Known(counter, pending))
        base, clean = counter.base, not (pending or counter.truncated or counter.refused)
        if clean and base and base.time == seen.time and base.source == seen.source:
            self._base = place

    def _note(self, read: CounterReading) -> None:
        row = read.reading.row
        self.quality[row], self.reasons[row] = int(read.quality), int(read.reasons)
        self.totals[row] = np.nan if read.total is None else float(read.total)
        self.volumes[row] = np.nan if read.volume is None else float(read.volume)
        self.meter[row] = NEVER if read.meter_from is None else micros(read.meter_from)
        self.said.append(Said(self._at, row, int(read.quality)))

    def _end_unreadable(self) -> None:
        """What is no reading is put down under the meter that was read before it."""
        for row in np.flatnonzero(self.gauge.problems).tolist():
            before = int(np.searchsorted(self.judged, row)) - 1
            meter_from = self.trail.after(before).counter.meter_from
            self.meter[row] = NEVER if meter_from is None else micros(meter_from)
