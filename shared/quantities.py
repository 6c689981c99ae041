"""Units by their quantity, with pint: whatever measures a flow, a length, a temperature can be had in ours, exactly.

Asked once for each unit that a series comes in, never for a reading. pint takes a second to import, so it is imported
when it is first needed.
"""

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import pint

# A column of water of one metre makes 9.80665 kPa: at 1000 kg/m³, and under standard gravity (ISO 80000).
DENSITY_KG_M3 = 1000
GRAVITY_M_S2 = Fraction(980_665, 100_000)
# No more is a unit. What else the library would read is arithmetic, and 9^9^9^9 is not to be worked out.
POWER = r"(?:[A-Za-z]*H2O|[A-Za-zµ°%Ω]+)(?:(?:\^|\*\*)-?[1-4])?"
UNIT = re.compile(rf"(?:1 ?/ ?)?{POWER}(?: ?[*/ ] ?{POWER}){{0,5}}")
LONGEST = 32
# An imperial gallon is a fifth more than an American one, and who writes them does not say which.
AMBIGUOUS = re.compile(r"\b(gal|gallons?|gpm|gph|gpd)\b", re.IGNORECASE)
SPELLINGS = {
    "cfs": "ft^3/s",
    "mca": "mH2O",
    "pie": "ft",
    "pies": "ft",
    "pulgada": "inch",
    "pulgadas": "inch",
    "metros": "m",
    "litros/s": "L/s",
    "m3/dia": "m^3/day",
    "m3/día": "m^3/day",
    "m3/d": "m^3/day",
    "°k": "kelvin",
    "kpag": "kPa",
    "psig": "psi",
    "barg": "bar",
}
NAMES: dict[frozenset[tuple[str, Any]], str] = {
    frozenset(powers.items()): name
    for name, powers in {
        "una longitud": {"[length]": 1},
        "un volumen": {"[length]": 3},
        "un caudal": {"[length]": 3, "[time]": -1},
        "una temperatura": {"[temperature]": 1},
        "una presión": {"[mass]": 1, "[length]": -1, "[time]": -2},
        "un tiempo": {"[time]": 1},
    }.items()
}


class Refused(ValueError):
    """Not a unit, or one of another quantity. In Spanish."""


class Line(NamedTuple):
    """ours = slope × theirs + start."""

    slope: Fraction
    start: Fraction


class Conversion(NamedTuple):
    """`value * factor + offset`, for whoever is shown a number."""

    factor: float
    offset: float


SAME = Conversion(1.0, 0.0)


@lru_cache(maxsize=1024)
def conversion(unit: str, other: str) -> Conversion | None:
    """From `unit` to `other`; None where one is unknown or they do not measure the same."""
    if unit == other:
        return SAME
    try:
        line = line_between(unit, other)
    except Refused:
        return None
    return Conversion(float(line.slope), float(line.start))


def line_between(unit: str, ours: str, *, column: bool = False) -> Line:
    """`column`: a pressure is the length of the water that makes it. Raises Refused."""
    theirs = _parsed(unit)
    if not ours:
        raise Refused(f"«{unit}» no es una unidad de esta variable")
    target = _parsed(ours)
    if theirs.dimensionality == target.dimensionality:
        return _line(theirs, target)
    if column and theirs.dimensionality == _registry().parse_units("Pa").dimensionality:
        slope, start = _line(theirs, _registry().parse_units("Pa"))
        weight = DENSITY_KG_M3 * GRAVITY_M_S2
        return Line(slope / weight, start / weight)
    raise Refused(f"«{unit}» mide {_named(theirs)} y aquí se mide {_named(target)}, en {ours}")


@lru_cache(maxsize=1024)
def base_of(unit: str) -> tuple[Mapping[str, Fraction], Fraction | None]:
    """Its powers of base quantities, and how many base units it is; None where its zero is elsewhere (°C).

    Raises Refused.
    """
    parsed = _parsed(unit)
    dimensions: Mapping[str, Any] = parsed.dimensionality
    powers = {name: Fraction(power).limit_denominator(1000) for name, power in dimensions.items()}
    root: Any = _registry().get_base_units(parsed)[1]
    try:
        slope, start = _line(parsed, root)
    except (TypeError, ValueError) as error:  # a logarithm, as dBm, goes along no line
        raise Refused(_unknown(unit)) from error
    return powers, None if start else slope


def _line(theirs: "pint.Unit", target: "pint.Unit") -> Line:
    start, one = (Fraction(_registry().Quantity(Fraction(at), theirs).to(target).magnitude) for at in (0, 1))
    return Line(one - start, start)


def _parsed(unit: str) -> "pint.Unit":
    text = unit.strip().replace("³", "3").replace("²", "2").replace("μ", "µ").replace("º", "°").replace("·", "*")
    text = SPELLINGS.get(text.lower().replace(" ", ""), text)
    # m3 is what everybody writes for m^3; H2O is no power.
    text = re.sub(r"\b([munck]?m|ft|in|dm)([23])\b", r"\1^\2", text)
    if len(text) > LONGEST or not UNIT.fullmatch(text) or AMBIGUOUS.search(text):
        raise Refused(_unknown(unit))
    for spelled in (text, text.lower()):
        try:
            return _registry().parse_units(spelled)
        except Exception as error:  # noqa: BLE001 of a text that is no unit pint and its tokenizer raise all sorts
            last = error
    raise Refused(_unknown(unit)) from last


def _unknown(unit: str) -> str:
    return f"«{unit}» no es una unidad que se conozca"


def _named(unit: "pint.Unit") -> str:
    return NAMES.get(frozenset(unit.dimensionality.items()), "otra magnitud")


@lru_cache(maxsize=1)
def _registry() -> "pint.UnitRegistry[Any]":
    import pint

    return pint.UnitRegistry(non_int_type=Fraction)
