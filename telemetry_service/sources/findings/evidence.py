"""What a dry run has to show, as the rules look at it. No database, no clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from telemetry_service.providers.adapters import Reading, Tried
from telemetry_service.raw.units import converted, ratio_to_ours


@dataclass(frozen=True, slots=True)
class Number:
    at: datetime
    value: float  # in our unit, where the provider's is known


@dataclass(frozen=True, slots=True)
class Evidence:
    """`variables` maps keys to our codes. `m3_per_count`: of the point's meter, None where it is not configured."""

    now: datetime
    variables: Mapping[str, str]
    tried: Tried
    period: timedelta
    cadence: timedelta
    min_period: timedelta = timedelta(0)
    is_asked: bool = True
    m3_per_count: Decimal | None = None

    @property
    def newest(self) -> dict[str, Reading]:
        """The newest reading of each key that gave one."""
        return {one.key: one for one in self.tried.readings}

    def field_of(self, key: str) -> str:
        """Where the key stands in the source's body."""
        return f"variables.{list(self.variables).index(key)}.key"

    def key_of(self, variable: str) -> str | None:
        return next((key for key, code in self.variables.items() if code == variable), None)

    def numbers(self, key: str) -> Sequence[Number]:
        """The key's readings that are numbers, by time, in our unit."""
        variable = self.variables[key]
        found = (_number(one, variable) for one in self.tried.readings if one.key == key)
        return [one for one in found if one is not None]


def _number(reading: Reading, variable: str) -> Number | None:
    try:
        value = Decimal(reading.value.strip())
    except InvalidOperation:
        return None
    ratio = ratio_to_ours(variable, reading.unit)
    return Number(reading.device_time, float(converted(value, ratio) if ratio else value))


def m3_per_count(config: Mapping[str, Any]) -> Decimal | None:
    """Of a point's configuration; None where no pulse constant is given, or nobody can use it."""
    total = (config.get("pulse_constants") or {}).get("total") or {}
    try:
        pulses_per_liter = Decimal(str(total.get("pulses_per_liter")))
        calibration = Decimal(str(total.get("calibration_factor") or 1))
    except InvalidOperation:
        return None
    return calibration / (pulses_per_liter * 1000) if pulses_per_liter > 0 else None
