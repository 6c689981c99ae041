"""The codes of what is measured. A source's key is mapped to one of them."""

from enum import StrEnum


class VariableCode(StrEnum):
    FLOW = "flow"  # L/s
    LEVEL = "level"  # m, as the sensor reads
    WATER_TABLE = "water_table"  # m, depth, positive downwards
    TOTAL = "total"  # m³, the meter's own reading
    VOLUME = "volume"  # m³, the continuous volume
    PULSES = "pulses"  # count, from which `total` is made
    MEAN_FLOW = "mean_flow"
    TEMPERATURE = "temperature"
    PRESSURE = "pressure"
    PH = "ph"
    CONDUCTIVITY = "conductivity"
    TURBIDITY = "turbidity"
    BATTERY = "battery"  # % of its charge
    BATTERY_VOLTAGE = "battery_voltage"  # V
    SIGNAL = "signal"  # dBm


# These are worked out here: no provider may claim to have read them.
DERIVED = frozenset({VariableCode.VOLUME, VariableCode.MEAN_FLOW})
COLLECTED = tuple(code for code in VariableCode if code not in DERIVED)
