"""From when on a device is late, offline, stale, off its time or low. No clock, no database."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """A period is what lies between two of the device's readings, or between two polls where that is longer."""

    late_periods: float = 2.0
    offline_periods: float = 6.0
    offline_s: int = 24 * 3600  # no sooner than this, however often it measures
    stale_s: int = 24 * 3600
    drift_s: int = 300
    battery_pct: float = 20.0
    battery_v: float | None = None  # every battery has its own

    def late_after(self, period: timedelta) -> timedelta:
        return self.late_periods * period

    def offline_after(self, period: timedelta) -> timedelta:
        return max(self.offline_periods * period, timedelta(seconds=self.offline_s), self.late_after(period))


NAMES = tuple(field.name for field in fields(Limits))
USUAL = Limits()


def changed(limits: Limits, said: Mapping[str, Any]) -> Limits:
    """With what somebody said in place of the usual; None says nothing."""
    return replace(limits, **{name: value for name, value in said.items() if value is not None})
