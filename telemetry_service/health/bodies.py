"""Devices as they are shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from telemetry_service.health.assess import assess, state_of
from telemetry_service.health.changes import State, What
from telemetry_service.health.condition import ORDER, Condition
from telemetry_service.health.device import BATTERIES, Device, Said
from telemetry_service.health.limits import NAMES, USUAL
from telemetry_service.health.models import HealthLimits, HealthMove
from telemetry_service.health.reasons import reasons
from telemetry_service.measurements.fields import iso


@dataclass(frozen=True, slots=True)
class Shown:
    device: Device
    state: State
    newest_at: datetime | None
    reasons: list[str]

    @property
    def place(self) -> int:
        return ORDER.index(self.state.condition)


def looked_at(device: Device, before: State | None, *, now: datetime) -> Shown:
    """As it is at this moment; `before` is what was kept of it."""
    assessment = assess(device, now=now)
    state = state_of(assessment, before, now=now)
    return Shown(device, state, assessment.judged.newest_at, reasons(device, assessment, now=now))


def shown(one: Shown) -> dict[str, Any]:
    device, state = one.device, one.state
    return {
        "source": str(device.source_id),
        "point": str(device.point_id),
        **_condition(state.condition, state.since, one.newest_at),
        "period_s": round(device.period.total_seconds()),
        "variables": [
            {"variable": name, "newest_at": newest.at and iso(newest.at), "stale": name in state.stale}
            for name, newest in sorted(device.variables.items())
        ],
        "clock": {
            "state": state.clock,
            "label": state.clock.label,
            "behind_s": state.clock_by_s,
            "since": iso(state.clock_since),
        },
        "battery": _power(device, list(BATTERIES), low=state.battery_low),
        "signal": _power(device, ["signal"]),
        "logger_status": [
            {"variable": status.variable, "code": status.code, "last_at": iso(status.last_at), "times": status.times}
            for status in device.statuses
        ],
        "reasons": one.reasons,
    }


def shown_point(point_id: UUID, devices: Sequence[Shown]) -> dict[str, Any]:
    """A point is as its best device is; a variable is stale where no device reads it."""
    best = min(devices, key=lambda one: one.place)
    newest = max((one.newest_at for one in devices if one.newest_at), default=None)
    speaking = [one for one in devices if one.state.condition in {Condition.ONLINE, Condition.LATE}]
    fresh = {name for one in speaking for name in one.device.variables if name not in one.state.stale}
    stale = {name for one in speaking for name in one.state.stale} - fresh
    return {
        "point": str(point_id),
        **_condition(best.state.condition, best.state.since, newest),
        "stale": sorted(stale),
        "reasons": [reason for one in devices for reason in one.reasons],
        "sources": [shown(one) for one in devices],
    }


def shown_move(move: HealthMove) -> dict[str, Any]:
    return {
        "what": move.what,
        "what_label": What(move.what).label,
        "variable": move.variable,
        "before": move.before,
        "after": move.after,
        "at": iso(move.at),
        "noticed_at": iso(move.noticed_at),
    }


def shown_limits(limits: HealthLimits | None) -> dict[str, Any]:
    """Null: as the limits of all say, and where those say nothing, as is usual."""
    return {
        "source": str(limits.source_id) if limits and limits.source_id else None,
        **{name: getattr(limits, name) if limits else getattr(USUAL, name) for name in NAMES},
        "changed_by": limits.changed_by if limits else "",
        "changed_at": iso(limits.changed_at) if limits else None,
    }


def _condition(condition: Condition, since: datetime, newest_at: datetime | None) -> dict[str, Any]:
    return {
        "condition": condition,
        "condition_label": condition.label,
        "since": iso(since),
        "newest_at": newest_at and iso(newest_at),
    }


def _power(device: Device, names: Sequence[str], **more: Any) -> dict[str, Any] | None:
    found: list[tuple[str, Said]] = [(name, device.power[name]) for name in names if name in device.power]
    if not found:
        return None
    name, said = found[0]
    number = said.number
    value = None if number is None else float(number)
    return {"variable": name, "value": value, "unit": said.unit_of(name), "at": iso(said.at), **more}
