"""From one unit to another, for whoever is shown a number. What is stored, checked and reported is never converted."""

import re
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from pint import UnitRegistry
from pint.errors import PintError

# Units multiplied and divided, each with at most one digit of a power: pint would calculate whatever else it is given.
TERM = r"[A-Za-zµ°Ω%]{1,12}[2-9²³]?"
UNIT = re.compile(rf"{TERM}(?:[/*]{TERM}){{0,4}}")
POWER = re.compile("([2-9²³])")
SAYS = {"°C": "degC", "°F": "degF", "µ": "u", "Ω": "ohm", "%": "percent", "²": "2", "³": "3"}
# The field's words that pint does not know: a metre of water, as pressure gauges of pumps have it.
OURS = ("mca = 9.80665 kPa",)


class Conversion(NamedTuple):
    """`value * factor + offset`."""

    factor: float
    offset: float


SAME = Conversion(1.0, 0.0)


@lru_cache(maxsize=1024)
def conversion(unit: str, other: str) -> Conversion | None:
    """From `unit` to `other`; None where one is unknown or they do not measure the same."""
    if unit == other:
        return SAME
    if not UNIT.fullmatch(unit) or not UNIT.fullmatch(other):
        return None
    registry = _registry()
    try:
        # In decimals: 10 L/s are 36 m3/h, not 36.00000000000001.
        said = (registry.Quantity(Decimal(number), _plain(unit)).to(_plain(other)).magnitude for number in (0, 1))
        zero, one = said
    except (PintError, ArithmeticError):
        return None
    return Conversion(float(one - zero), float(zero))


def _plain(unit: str) -> str:
    powered = POWER.sub(r"**\1", unit)
    for said, plain in SAYS.items():
        powered = powered.replace(said, plain)
    return powered


@lru_cache(maxsize=1)
def _registry() -> "UnitRegistry[Decimal]":
    registry: UnitRegistry[Decimal] = UnitRegistry(non_int_type=Decimal)
    for definition in OURS:
        registry.define(definition)
    return registry
