"""Both readings of a pulse constant, shown back to the person who enters it.

Two formulas are in circulation and differ by a million at their defaults: whoever types "pulses per litre" should see
at once how many litres a pulse stands for, and how many m³ a number of pulses makes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

LITERS_IN_M3 = 1000


@dataclass(frozen=True, slots=True)
class PulseReading:
    liters_per_pulse: Decimal
    example_pulses: int
    example_m3: Decimal

    @property
    def text(self) -> str:
        return (
            f"{plain(self.liters_per_pulse)} litros por pulso; "
            f"{self.example_pulses} pulsos son {plain(self.example_m3)} m³"
        )


def reading_of(constant: Mapping[str, Any]) -> PulseReading:
    """The example counts the pulses of about one m³. `calibration_factor` is 1 where it is not given."""
    # By way of text: 1.023 means 1.023, not the binary number nearest to it.
    pulses_per_liter = Decimal(str(constant["pulses_per_liter"]))
    calibration = Decimal(str(constant.get("calibration_factor", 1)))
    pulses = max(1, int(pulses_per_liter * LITERS_IN_M3))
    return PulseReading(
        liters_per_pulse=1 / pulses_per_liter,
        example_pulses=pulses,
        example_m3=pulses * calibration / (pulses_per_liter * LITERS_IN_M3),
    )


def readings_of(config: Mapping[str, Any]) -> dict[str, PulseReading]:
    """By variable, for a configuration that was accepted."""
    return {variable: reading_of(constant) for variable, constant in config.get("pulse_constants", {}).items()}


def plain(value: Decimal) -> str:
    """Without an exponent and without zeros at the end."""
    return f"{value.normalize():f}"
