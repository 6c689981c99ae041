"""Why a device is as it is, in the words of whoever has to go there. No clock, no database."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from telemetry_service.health.assess import Assessment
from telemetry_service.health.condition import Condition, Judged
from telemetry_service.health.device import BATTERIES, Device
from telemetry_service.health.drift import Clock, Drift

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def reasons(device: Device, assessment: Assessment, *, now: datetime) -> list[str]:
    """The gravest first; empty where nothing is wrong."""
    return [
        *_of_source(device),
        *_of_condition(device, assessment.judged),
        *(_of_variable(device, name, now) for name in assessment.judged.stale),
        *_of_clock(device, assessment.clock),
        *_of_statuses(device),
        *(_of_battery(device) if assessment.battery_low else ()),
    ]


def spoken(time: timedelta) -> str:
    """45 s, 12 min, 3 h, 2 días."""
    time = abs(time)
    if time < MINUTE:
        return f"{round(time.total_seconds())} s"
    if time < 2 * HOUR:
        return f"{round(time / MINUTE)} min"
    return f"{round(time / HOUR)} h" if time < 2 * DAY else f"{round(time / DAY)} días"


def _of_source(device: Device) -> Iterator[str]:
    if device.state == "stopped":
        yield f"La fuente está detenida: {device.stop_reason}."
    elif device.failures:
        yield f"Las últimas {device.failures} consultas al proveedor fallaron ({device.last_outcome})."


def _of_condition(device: Device, judged: Judged) -> Iterator[str]:
    if judged.newest_at is None:
        yield "Nunca ha llegado una lectura."
    elif judged.condition is not Condition.ONLINE:
        silent, period = spoken(judged.silent), spoken(device.period)
        yield f"La última lectura es de hace {silent}; se espera una cada {period}."


def _of_variable(device: Device, name: str, now: datetime) -> str:
    newest = device.variables[name].at
    if newest is None:
        return f"«{name}» nunca ha tenido lecturas; otras variables del mismo equipo sí."
    return f"«{name}» no tiene lecturas desde hace {spoken(now - newest)}; otras variables del mismo equipo sí."


def _of_clock(device: Device, clock: Drift) -> Iterator[str]:
    least = "" if device.pushed else " al menos"
    if clock.clock is Clock.IMPOSSIBLE:
        yield f"El reloj del equipo dijo una hora imposible: {device.impossible}. Esa lectura no se guardó."
    elif clock.clock is Clock.ZONE:
        hours = round(clock.by / HOUR)
        way = "atrasada" if hours > 0 else "adelantada"
        yield f"La hora llega {abs(hours)} h {way}: probablemente el equipo envía hora local como UTC, o al revés."
    elif clock.clock is Clock.AHEAD:
        yield f"El reloj del equipo está adelantado{least} {spoken(clock.by)}."
    elif clock.clock is Clock.BEHIND:
        yield f"El reloj del equipo está atrasado {spoken(clock.by)}."


def _of_statuses(device: Device) -> Iterator[str]:
    for status in device.statuses:
        times = "1 vez" if status.times == 1 else f"{status.times} veces"
        yield (
            f"El registrador informó el estado {status.code} en lugar de «{status.variable}» {times} en 7 días, "
            f"la última el {status.last_at:%Y-%m-%d %H:%M} UTC."
        )


def _of_battery(device: Device) -> Iterator[str]:
    for name in BATTERIES:
        if said := device.power.get(name):
            yield f"Batería baja: {said.value} {said.unit_of(name)}."
