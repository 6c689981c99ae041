"""A stamp's numbers as a person gives them, or stands by: every dispositivo whole, values by `8901/Q`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from compliance_service.authorities.sma.document import registro
from compliance_service.authorities.sma.terms import Device


@dataclass(frozen=True, slots=True)
class Stamp:
    devices: tuple[Device, ...]

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(f"{device.id}/{one.name}" for device in self.devices for one in device.parameters)

    def measurement(self, values: Mapping[str, float | Decimal], slot: datetime) -> dict[str, Any]:
        """`values` in our units. Raises CannotSend where they do not fit."""
        return {"registros": [registro(device, _of(device, values), slot) for device in self.devices]}

    def members(self) -> dict[str, dict[str, Any]]:
        """By `8901/Q`; `device` and `parameter` say where the number stands among the records."""
        return {
            f"{device.id}/{one.name}": {
                "device": device.id,
                "parameter": one.name,
                "variable": one.variable,
                "decimals": one.decimals,
                "rounding": "down" if one.variable == "total" else "half_up",
                "times": one.factor,
            }
            for device in self.devices
            for one in device.parameters
        }


def _of(device: Device, values: Mapping[str, float | Decimal]) -> dict[str, float | Decimal]:
    return {one.name: values[f"{device.id}/{one.name}"] for one in device.parameters}
