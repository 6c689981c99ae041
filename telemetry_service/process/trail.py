"""What was known of a counter after each of its readings, to be asked for any of them."""

from bisect import bisect_right
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from telemetry_service.process.counter import Counter, Mark
from telemetry_service.process.gauge import Gauge
from telemetry_service.process.instants import Int64, instant
from telemetry_service.process.runs import Run


class Known(NamedTuple):
    """`pending`: a run of readings may yet turn out to be a new meter."""

    counter: Counter
    pending: bool


@dataclass(slots=True)
class Trail:
    """`judged` are the places in `gauge` of the readings, in the order in which they were judged."""

    gauge: Gauge
    judged: Int64
    start: Counter
    _begins: list[int] = field(default_factory=list)
    _steps: list[Known | tuple[Run, Counter]] = field(default_factory=list)

    def step(self, place: int, known: Known) -> None:
        self._begins.append(place)
        self._steps.append(known)

    def run(self, place: int, run: Run, before: Counter) -> None:
        self._begins.append(place)
        self._steps.append((run, before))

    def after(self, place: int) -> Known:
        """What was known after the reading at `place` of `judged`; -1 is before the first."""
        index = bisect_right(self._begins, place) - 1
        if place < 0 or index < 0:
            return Known(self.start, pending=False)
        step = self._steps[index]
        if isinstance(step, Known):
            return step
        run, before = step
        mark = self.mark(place)
        volume = run.volume_at(place - self._begins[index])
        return Known(Counter(mark, volume, before.meter_from), pending=False)

    def mark(self, place: int) -> Mark:
        row = int(self.judged[place])
        counts = Decimal(int(self.gauge.whole[row])).scaleb(-self.gauge.places)
        return Mark(instant(int(self.gauge.times[row])), counts, self.gauge.of[int(self.gauge.sources[row])])
