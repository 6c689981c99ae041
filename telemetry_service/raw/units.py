"""The provider's own word on the unit. m³/h taken for L/s is the most common silent fault: 3.6 times too high.

A counter's unit is its pulse constant, so it is not asked here. The spellings that loggers use have their ratio here;
whatever else is a unit `quantities` looks up, once for each.
"""

from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from shared.quantities import Refused, line_between


class Ratio(NamedTuple):
    """ours = (theirs × times + plus) / over. Kept as whole numbers: 7.2 m³/h is 2 L/s, not 1.9999999."""

    times: int
    over: int
    plus: int = 0


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
    "temperature": {"°c": SAME, "c": SAME, "°f": Ratio(5, 9, -160), "f": Ratio(5, 9, -160)},
    "pressure": {"kpa": SAME, "bar": Ratio(100, 1), "mbar": Ratio(1, 10), "mca": Ratio(196_133, 20_000)},
    "ph": {"ph": SAME, "unidades": SAME},
    "conductivity": {"us/cm": SAME, "ms/cm": Ratio(1000, 1), "ds/m": Ratio(1000, 1)},
    "turbidity": {"ntu": SAME, "fnu": SAME},  # both are calibrated with formazin
    "battery": {"%": SAME, "pct": SAME},
    "battery_voltage": VOLTAGE,
    "signal": {"dbm": SAME},
}
# What `quantities` calls our unit. The others are no quantities that it knows.
OURS = {
    **dict.fromkeys(("flow", "mean_flow"), "L/s"),
    **dict.fromkeys(("level", "water_table"), "m"),
    "temperature": "degC",
    "pressure": "kPa",
    "conductivity": "uS/cm",
    "battery_voltage": "V",
}
# A column of water over the sensor: a pressure is its length. A depth is none.
MAY_BE_A_PRESSURE = frozenset({"level"})


@lru_cache(maxsize=1024)
def ratio_to_ours(variable: str, unit: str) -> Ratio | None:
    """From the provider's unit to ours (L/s, m, °C, kPa, µS/cm …). None where it said one that we do not know."""
    known = UNITS.get(variable)
    if not unit.strip() or known is None:
        return SAME
    return known.get(plain_unit(unit)) or _looked_up(variable, unit)


def refusal(variable: str, unit: str) -> str | None:
    """Why the unit is none of the variable's, for whoever wrote it; None where it is one."""
    if ratio_to_ours(variable, unit) is not None:
        return None
    try:
        line_between(unit, OURS.get(variable, ""), column=variable in MAY_BE_A_PRESSURE)
    except Refused as refused:
        return str(refused)
    return f"«{unit}» no es una unidad de {variable}"


def units_of(variable: str) -> tuple[str, ...]:
    """The spellings to choose from; any other unit of the same quantity does too."""
    return tuple(UNITS.get(variable, ()))


def plain_unit(unit: str) -> str:
    """As the tables spell it."""
    plain = unit.strip().lower().replace("³", "3").replace("µ", "u").replace("μ", "u").replace("º", "°")
    return plain.replace(" ", "").replace("^", "")


def converted(number: Decimal, ratio: Ratio) -> Decimal:
    return number if ratio is SAME else (number * ratio.times + ratio.plus) / ratio.over


def _looked_up(variable: str, unit: str) -> Ratio | None:
    ours = OURS.get(variable)
    if ours is None:
        return None
    try:
        line = line_between(unit, ours, column=variable in MAY_BE_A_PRESSURE)
    except Refused:
        return None
    over = line.slope.denominator * line.start.denominator
    return Ratio(line.slope.numerator * line.start.denominator, over, line.start.numerator * line.slope.denominator)
