"""A well measured every minute, computed where it is asked for: a quarter of a million readings cost nothing."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import accumulate
from typing import overload

from deploy.simulators.synthetic import DRAWDOWN_M_PER_L_S, LITRES_PER_PULSE, OPENING_M3, OPENING_PULSES, REST_COLUMN_M
from deploy.simulators.tracks import Number

MINUTE_MS = 60_000
DAY = 1440
# Flow in hundredths of a litre a second: 60 of them in a minute are so many hundredths of a litre.
CENTILITRES = 60
STARTS_A_DAY = 12
ONE, ZERO = Decimal(1), Decimal(0)


@dataclass(frozen=True)
class Computed(Sequence[Number]):
    """A sequence whose members are made when they are read."""

    length: int
    make: Callable[[int], Number]

    def __len__(self) -> int:
        return self.length

    @overload
    def __getitem__(self, index: int) -> Number: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Number]: ...
    def __getitem__(self, index: int | slice) -> Number | Sequence[Number]:
        if isinstance(index, slice):
            return [self.make(number) for number in range(*index.indices(self.length))]
        return self.make(range(self.length)[index])


@dataclass(frozen=True, slots=True)
class Well:
    """The same day again and again, from a seed. A minute's flow is the mean of the minute that it ends."""

    flows: Sequence[int]
    drawn: Sequence[int]

    def flow(self, minute: int) -> float:
        return self.flows[minute % DAY] / 100

    def level(self, minute: int) -> float:
        ripple = minute * 7919 % 5 - 2
        return round(REST_COLUMN_M - DRAWDOWN_M_PER_L_S * self.flow(minute) + ripple / 100, 2)

    def litres(self, minute: int) -> float:
        days, rest = divmod(minute, DAY)
        return (days * self.drawn[-1] + self.drawn[rest]) / 100

    def total(self, minute: int) -> float:
        return round(OPENING_M3 + self.litres(minute) / 1000, 3)

    def pulses(self, minute: int) -> int:
        return OPENING_PULSES + int(self.litres(minute)) // LITRES_PER_PULSE


@lru_cache(maxsize=8)
def make_well(seed: int) -> Well:
    chance = random.Random(seed)
    flows = [0] * DAY
    for _ in range(STARTS_A_DAY):
        start, length, flow = chance.randrange(DAY), chance.randrange(20, 120), chance.randrange(600, 850)
        for minute in range(start, min(start + length, DAY)):
            flows[minute] = flow
    return Well(flows, [*accumulate(flow * CENTILITRES for flow in flows)])


def minute_times(start: int, count: int) -> range:
    return range(start, start + count * MINUTE_MS, MINUTE_MS)


def minute_column(
    name: str, *, seed: int, count: int, step: int = 1, scale: Decimal = ONE, add: Decimal = ZERO
) -> Computed:
    """`name`: flow (L/s), level (m), total (m³) or pulses. Raises KeyError for another."""
    well = make_well(seed)
    make = {"flow": well.flow, "level": well.level, "total": well.total, "pulses": well.pulses}[name]
    readings = -(-count // step)
    if scale == ONE and add == ZERO:
        return Computed(readings, lambda index: make(index * step))
    factor, offset = float(scale), float(add)
    return Computed(readings, lambda index: round(make(index * step) * factor + offset, 6))
