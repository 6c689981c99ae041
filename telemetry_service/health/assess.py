"""From what is known of a device to how it is, and why. No clock, no database."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from telemetry_service.health.changes import State
from telemetry_service.health.condition import Judged, judge
from telemetry_service.health.device import BATTERIES, Device, Said
from telemetry_service.health.drift import Clock, Drift, drift
from telemetry_service.health.limits import Limits

SECOND = timedelta(seconds=1)
# A drift is written down anew where it changed by so much: it is measured at every look.
WORTH_SAYING_S = 30


@dataclass(frozen=True, slots=True)
class Assessment:
    judged: Judged
    clock: Drift
    battery_low: bool


def assess(device: Device, *, now: datetime) -> Assessment:
    limits = device.limits
    clock = drift(device.least, pushed=device.pushed, limit=limits.drift_s * SECOND)
    if device.impossible:
        clock = Drift(Clock.IMPOSSIBLE, clock.by)
    judged = judge(
        device.variables,
        period=device.period,
        known_since=device.created_at,
        limits=limits,
        now=now,
        ahead=max(-clock.by, timedelta(0)),
    )
    return Assessment(judged, clock, _battery_is_low(device))


def state_of(assessment: Assessment, before: State | None, *, now: datetime) -> State:
    """What to keep. A part that did not change keeps the time since when it holds."""
    judged, clock, low = assessment.judged, assessment.clock, assessment.battery_low
    same = before is not None and before.condition is judged.condition
    by_s = round(clock.by / SECOND)
    if before is not None and before.clock is clock.clock and abs(before.clock_by_s - by_s) < WORTH_SAYING_S:
        by_s = before.clock_by_s
    return State(
        condition=judged.condition,
        since=before.since if before and same else judged.since or now,
        stale=judged.stale,
        clock=clock.clock,
        clock_by_s=by_s,
        clock_since=before.clock_since if before and before.clock is clock.clock else now,
        battery_low=low,
        battery_since=before.battery_since if before and before.battery_low is low else now,
    )


def _battery_is_low(device: Device) -> bool:
    return any(_is_low(name, said, device.limits) for name, said in device.power.items() if name in BATTERIES)


def _is_low(name: str, said: Said, limits: Limits) -> bool:
    least = limits.battery_v if said.unit_of(name).upper() == "V" else limits.battery_pct
    number = said.number
    # Below zero it is a logger's status.
    return least is not None and number is not None and 0 <= number < least
