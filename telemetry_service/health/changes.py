"""What changed about a device since the last look. No clock, no database."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from telemetry_service.gaps.labels import Labelled
from telemetry_service.health.condition import Condition
from telemetry_service.health.drift import Clock


class What(Labelled):
    CONDITION = "condition", "conexión"
    STALE = "stale", "variable sin lecturas"
    CLOCK = "clock", "reloj"
    BATTERY = "battery", "batería"


@dataclass(frozen=True, slots=True)
class State:
    """What is kept of a device, each part with the time since when it holds."""

    condition: Condition
    since: datetime
    stale: tuple[str, ...]
    clock: Clock
    clock_by_s: int
    clock_since: datetime
    battery_low: bool
    battery_since: datetime


@dataclass(frozen=True, slots=True)
class Change:
    what: What
    before: str
    after: str
    at: datetime
    variable: str = ""


def changes(before: State | None, after: State, *, now: datetime) -> Iterator[Change]:
    """A device that is seen for the first time has no history."""
    if before is None:
        return
    if before.condition is not after.condition:
        yield Change(What.CONDITION, before.condition, after.condition, after.since)
    if before.clock is not after.clock:
        yield Change(What.CLOCK, before.clock, after.clock, after.clock_since)
    if before.battery_low is not after.battery_low:
        yield Change(What.BATTERY, *_battery(before, after), after.battery_since)
    for variable in sorted(set(before.stale) ^ set(after.stale)):
        words = ("fresh", "stale") if variable in after.stale else ("stale", "fresh")
        yield Change(What.STALE, *words, now, variable)


def _battery(before: State, after: State) -> tuple[str, str]:
    words = {True: "low", False: "enough"}
    return words[before.battery_low], words[after.battery_low]
