"""What is known of a device. No clock, no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import NamedTuple
from uuid import UUID

from telemetry_service.health.condition import Newest
from telemetry_service.health.limits import USUAL, Limits

BATTERIES = {"battery": "%", "battery_voltage": "V"}
UNITS = BATTERIES | {"signal": "dBm"}


class Said(NamedTuple):
    """The newest value of a variable that tells of the device itself, as it came."""

    value: str
    unit: str
    at: datetime

    @property
    def number(self) -> Decimal | None:
        """None where it is none."""
        try:
            number = Decimal(self.value)
        except InvalidOperation:
            return None
        return number if number.is_finite() else None

    def unit_of(self, variable: str) -> str:
        """The provider's word, or the variable's own unit: a battery is told in % or in V."""
        return self.unit.strip() or UNITS[variable]


class Status(NamedTuple):
    """A logger's code: when it last came, and how often in the last days."""

    variable: str
    code: str
    last_at: datetime
    times: int


@dataclass(frozen=True, slots=True)
class Device:
    """What is known of a source. `least`: see health.drift."""

    source_id: UUID
    point_id: UUID
    state: str
    stop_reason: str
    last_outcome: str
    failures: int
    created_at: datetime
    period: timedelta
    pushed: bool
    variables: Mapping[str, Newest]
    power: Mapping[str, Said]
    limits: Limits = USUAL
    least: tuple[timedelta, ...] = ()
    statuses: tuple[Status, ...] = ()
    impossible: str = ""  # the time that cannot be, where it said one within the last day
    impossible_at: datetime | None = None
