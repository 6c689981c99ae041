"""Upkeep of what polls leave behind."""

from datetime import datetime, timedelta

from telemetry_service.collect.models import Attempt

ATTEMPTS_KEPT = timedelta(days=31)


def drop_old_attempts(*, now: datetime) -> int:
    deleted, _ = Attempt.objects.filter(started_at__lt=now - ATTEMPTS_KEPT).delete()
    return deleted
