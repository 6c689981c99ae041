"""Every named constraint of the devices' health, refused by the database itself."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, models, transaction

from telemetry_service.health.models import ClockFault, DeviceHealth, HealthLimits, HealthMove, LoggerStatus

pytestmark = pytest.mark.django_db


def refused(model: type[models.Model], name: str, **said: Any) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        model._default_manager.create(**said)


@pytest.mark.parametrize(
    ("name", "changed"),
    [("device_condition_known", {"condition": "dead"}), ("device_clock_known", {"clock": "broken"})],
)
def test_devices(source: Any, now: datetime, name: str, changed: dict[str, Any]) -> None:
    said = {"source": source, "condition": "online", "since": now, "clock_since": now, "battery_since": now}
    refused(DeviceHealth, name, **said | changed)


@pytest.mark.parametrize(
    ("name", "changed"), [("health_move_moves", {"after": "online"}), ("health_move_what_known", {"what": "mood"})]
)
def test_moves(source: Any, now: datetime, name: str, changed: dict[str, Any]) -> None:
    said = {"what": "condition", "before": "online", "after": "late", "at": now, "noticed_at": now}
    refused(HealthMove, name, source=source, **said | changed)


@pytest.mark.parametrize("changed", [{"seen": 0}, {"last_seen_at": datetime.fromisoformat("2020-01-01T00:00:00Z")}])
def test_faults(source: Any, now: datetime, changed: dict[str, Any]) -> None:
    said = {"source": source, "said": "2036", "first_seen_at": now, "last_seen_at": now}
    refused(ClockFault, "clock_fault_seen_in_order", **said | changed)


def test_statuses(source: Any, now: datetime) -> None:
    said = {"source_id": source.id, "key": "a", "code": "-2", "day": now.date(), "last_at": now}
    refused(LoggerStatus, "logger_status_counted", **said, count=0)


@pytest.mark.parametrize(
    "changed",
    [
        {"late_periods": 0.5},
        {"offline_periods": 0},
        {"offline_s": 59},
        {"stale_s": 1},
        {"drift_s": 0},
        {"battery_pct": 101},
        {"battery_v": -1},
    ],
)
def test_limits(source: Any, now: datetime, changed: dict[str, Any]) -> None:
    refused(HealthLimits, "health_limits_possible", source=source, changed_by="x", changed_at=now, **changed)


def test_limits_of_all_are_there_once(now: datetime) -> None:
    said = {"source": None, "changed_by": "user:ops@example.cl", "changed_at": now - timedelta(days=1)}
    HealthLimits.objects.create(**said)
    refused(HealthLimits, "health_limits_once", **said)
