"""The provider's own word on the unit. m³/h taken for L/s is the most common silent fault: 3.6 times too high.

A counter's unit is its pulse constant, so it is not asked here.
"""

from decimal import Decimal
from typing import NamedTuple


class Ratio(NamedTuple):
    """Kept as two whole numbers: 7.2 m³/h is 2 L/s, not 1.9999999."""

    times: int
    over: int


SAME = Ratio(1, 1)
FLOW = {
    "l/s": SAME,
    "lps": SAME,
    "lts/s": SAME,
    "m3/h": Ratio(1000, 3600),
    "m3/s": Ratio(1000, 1),
    "l/min": Ratio(1, 60),
    "lpm": Ratio(1, 60),
    "l/h": Ratio(1, 3600),
}
LENGTH = {"m": SAME, "mts": SAME, "cm": Ratio(1, 100), "mm": Ratio(1, 1000)}
VOLTAGE = {"v": SAME, "volt": SAME, "mv": Ratio(1, 1000)}
UNITS = {
    "flow": FLOW,
    "mean_flow": FLOW,
    "level": LENGTH,
    "water_table": LENGTH,
    "battery": {"%": SAME, "pct": SAME},
    "battery_voltage": VOLTAGE,
    "signal": {"dbm": SAME},
}


def ratio_to_ours(variable: str, unit: str) -> Ratio | None:
    """From the provider's unit to L/s or m. None where it said one that we do not know."""
    known = UNITS.get(variable)
    if not unit or known is None:
        return SAME
    return known.get(unit.strip().lower().replace("³", "3").replace(" ", ""))


def converted(number: Decimal, ratio: Ratio) -> Decimal:
    return number if ratio is SAME else number * ratio.times / ratio.over
