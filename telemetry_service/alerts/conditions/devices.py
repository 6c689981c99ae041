"""A point nobody hears from, a variable that fell silent, a clock that is off, a battery that ends."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from telemetry_service.alerts.kinds import Kind
from telemetry_service.alerts.signs import Key, Sign
from telemetry_service.health.bodies import Shown
from telemetry_service.health.condition import Condition
from telemetry_service.health.drift import Clock
from telemetry_service.health.reasons import spoken
from telemetry_service.measurements.fields import iso

HEARD = (Condition.ONLINE, Condition.LATE)


def signs_of_devices(devices: Iterable[Shown], *, now: datetime) -> list[Sign]:
    """A point is as its best device is: a spare that is silent is no alert where another speaks."""
    ordered = sorted(devices, key=lambda one: (one.device.point_id, one.device.source_id))
    found: list[Sign] = []
    for point_id, group in groupby(ordered, key=lambda one: one.device.point_id):
        found += _of_point(point_id, list(group), now)
    return found


def _of_point(point_id: UUID, devices: Sequence[Shown], now: datetime) -> Iterator[Sign]:
    best = min(devices, key=lambda one: one.place)
    yield from _of_silence(point_id, best, now)
    stopped = [one for one in devices if one.device.state == "stopped"]
    if stopped and best.state.condition not in HEARD:
        first = stopped[0]
        says = f"La fuente está detenida: {first.device.stop_reason}."
        yield _sign(point_id, Kind.STOPPED, first, first.state.since, says)
    yield from _of_stale(point_id, devices)
    yield from _first_of(point_id, Kind.CLOCK, [one for one in devices if one.state.clock is not Clock.RIGHT])
    yield from _first_of(point_id, Kind.BATTERY, [one for one in devices if one.state.battery_low])


def _of_silence(point_id: UUID, best: Shown, now: datetime) -> Iterator[Sign]:
    condition, since = best.state.condition, best.state.since
    if condition is Condition.NEVER:
        yield _sign(point_id, Kind.NEVER, best, since, "Nunca ha llegado una lectura.")
    elif condition is Condition.OFFLINE and best.newest_at:
        silent, period = spoken(now - best.newest_at), spoken(best.device.period)
        says = f"La última lectura es de hace {silent}; se espera una cada {period}."
        yield _sign(point_id, Kind.OFFLINE, best, since, says)


def _of_stale(point_id: UUID, devices: Sequence[Shown]) -> Iterator[Sign]:
    """A variable is stale where no device that is heard reads it."""
    heard = [one for one in devices if one.state.condition in HEARD]
    fresh = {name for one in heard for name in one.device.variables if name not in one.state.stale}
    for one in heard:
        for name in one.state.stale:
            if name not in fresh:
                fresh.add(name)
                newest = one.device.variables[name].at
                says = f"«{name}» no tiene lecturas; otras variables del mismo equipo sí."
                since = newest or one.device.created_at
                yield _sign(point_id, Kind.STALE, one, since, says, variable=name)


def _first_of(point_id: UUID, kind: Kind, devices: Sequence[Shown]) -> Iterator[Sign]:
    if devices:
        one = devices[0]
        since = one.state.clock_since if kind is Kind.CLOCK else one.state.battery_since
        words = ("reloj", "hora") if kind is Kind.CLOCK else ("Batería",)
        says = next((reason for reason in one.reasons if any(word in reason for word in words)), kind.label)
        yield _sign(point_id, kind, one, since, says)


def _sign(point_id: UUID, kind: Kind, one: Shown, since: datetime, says: str, *, variable: str = "") -> Sign:
    device, state = one.device, one.state
    evidence = {
        "source": str(device.source_id),
        "condition": state.condition.value,
        "newest_at": one.newest_at and iso(one.newest_at),
        "period_s": round(device.period.total_seconds()),
        "clock": {"state": state.clock.value, "behind_s": state.clock_by_s},
        "last_outcome": device.last_outcome,
    }
    return Sign(Key(point_id, variable, kind), since, says, evidence)
