"""Keeps each device's health, and a row of what changed."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from prometheus_client import Gauge

from shared.db.turns import take_turn
from shared.errors import Forbidden, NotFound
from telemetry_service.health.assess import assess, state_of
from telemetry_service.health.changes import State, changes
from telemetry_service.health.condition import Condition
from telemetry_service.health.drift import Clock
from telemetry_service.health.models import (
    ClockFault,
    DeviceHealth,
    HealthLimits,
    HealthMove,
    LoggerStatus,
)
from telemetry_service.health.queries import FIELDS, known_states
from telemetry_service.health.survey import survey
from telemetry_service.sources.models import Source

STATUSES_KEPT = timedelta(days=365)
DEVICES = Gauge("telemetry_devices", "Devices by condition.", ["condition"], multiprocess_mode="mostrecent")
CLOCKS = Gauge("telemetry_device_clocks", "Devices by their clock.", ["clock"], multiprocess_mode="mostrecent")
LOW = Gauge("telemetry_devices_low_battery", "Devices with a low battery.", multiprocess_mode="mostrecent")
STALE = Gauge("telemetry_devices_stale", "Devices with a stale variable.", multiprocess_mode="mostrecent")


def check_devices(now: datetime) -> int:
    """Looks at every device; says about how many something changed."""
    with transaction.atomic():
        take_turn("health")
        before = known_states()
        after = {
            device.source_id: state_of(assess(device, now=now), before.get(device.source_id), now=now)
            for device in survey(now=now)
        }
        changed = {source_id: state for source_id, state in after.items() if state != before.get(source_id)}
        _keep(changed, before, now)
        DeviceHealth.objects.filter(source_id__in=set(before) - set(after)).delete()
    _measure(after.values())
    return len(changed)


def note_impossible_time(*, source_id: UUID, said: str, now: datetime) -> None:
    """A device said a time that cannot be: no row comes of it, but it is seen."""
    fault, made = ClockFault.objects.get_or_create(
        source_id=source_id, defaults={"said": said[:40], "first_seen_at": now, "last_seen_at": now}
    )
    if not made:
        again = ClockFault.objects.filter(source_id=fault.source_id)
        again.update(said=said[:40], last_seen_at=now, seen=F("seen") + 1)


def set_limits(
    *, source_id: UUID | None, points: Collection[UUID] | None, said: Mapping[str, Any], actor: str, now: datetime
) -> HealthLimits:
    """Of a source, or of all (None). What is None in `said` is as usual again."""
    if source_id is None and points is not None:
        raise Forbidden("Solo quien ve todos los puntos cambia los límites de todos.")
    source = Source.objects.filter(id=source_id).first() if source_id else None
    if source_id and (source is None or not (points is None or source.point_id in points)):
        raise NotFound("No existe esa fuente.")
    limits, _ = HealthLimits.objects.update_or_create(
        source=source, defaults={**said, "changed_by": actor, "changed_at": now}
    )
    return limits


def forget_old_statuses(*, now: datetime) -> int:
    deleted, _ = LoggerStatus.objects.filter(day__lt=(now - STATUSES_KEPT).date()).delete()
    return deleted


def _keep(changed: Mapping[UUID, State], before: Mapping[UUID, State], now: datetime) -> None:
    DeviceHealth.objects.bulk_create(
        [DeviceHealth(source_id=source_id, **_fields(state)) for source_id, state in changed.items()],
        update_conflicts=True,
        unique_fields=["source"],
        update_fields=FIELDS,
    )
    HealthMove.objects.bulk_create(
        HealthMove(
            source_id=source_id,
            what=change.what,
            variable=change.variable,
            before=change.before,
            after=change.after,
            at=change.at,
            noticed_at=now,
        )
        for source_id, state in changed.items()
        for change in changes(before.get(source_id), state, now=now)
    )


def _fields(state: State) -> dict[str, Any]:
    return asdict(state) | {"stale": list(state.stale)}


def _measure(states: Collection[State]) -> None:
    conditions, clocks = Counter(one.condition for one in states), Counter(one.clock for one in states)
    for condition in Condition:
        DEVICES.labels(condition.value).set(conditions[condition])
    for clock in Clock:
        CLOCKS.labels(clock.value).set(clocks[clock])
    LOW.set(sum(one.battery_low for one in states))
    STALE.set(sum(bool(one.stale) for one in states))
