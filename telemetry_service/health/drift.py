"""How far a device's clock is from ours, from when its readings reach us. No clock, no database.

A reading reaches us after it was made. What is pushed comes at once when all is well: the least that passed between
the two times is the clock's error. What is asked for lay at the provider for a while: that it is late says little,
but that it is early says that the clock is ahead.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from telemetry_service.gaps.labels import Labelled

HOUR = timedelta(hours=1)
# A whole number of hours off, give or take the way here: nobody's quartz does that, a wrong time zone does.
ZONE_SLACK = timedelta(minutes=10)
# What is asked for is called late only where it always is, by the same.
STEADY = timedelta(minutes=30)
SAMPLES = 6


class Clock(Labelled):
    RIGHT = "right", "en hora"
    AHEAD = "ahead", "adelantado"
    BEHIND = "behind", "atrasado"
    ZONE = "zone", "probable zona horaria equivocada"
    IMPOSSIBLE = "impossible", "hora imposible"


@dataclass(frozen=True, slots=True)
class Drift:
    """`by` is what our clock shows more than the device's: negative where it is ahead. Zero where nobody can say."""

    clock: Clock
    by: timedelta = timedelta(0)


UNKNOWN = Drift(Clock.RIGHT)


def drift(least: Sequence[timedelta], *, pushed: bool, limit: timedelta) -> Drift:
    """`least`: for each hour in which something came, the least that passed between device time and arrival."""
    if not least:
        return UNKNOWN
    ordered = sorted(least)
    by = ordered[1] if len(ordered) > 2 else ordered[0]  # one odd reading is no clock
    if by > timedelta(0) and not pushed and not _is_steady_zone(ordered, by):
        return UNKNOWN
    if abs(by) <= limit:
        return Drift(Clock.RIGHT, by)
    if is_whole_hours(by):
        return Drift(Clock.ZONE, by)
    return Drift(Clock.AHEAD if by < timedelta(0) else Clock.BEHIND, by)


def is_whole_hours(by: timedelta) -> bool:
    hours = round(by / HOUR)
    return hours != 0 and abs(by - hours * HOUR) <= ZONE_SLACK


def _is_steady_zone(ordered: Sequence[timedelta], by: timedelta) -> bool:
    return len(ordered) >= SAMPLES and is_whole_hours(by) and ordered[-1] - by <= STEADY
