"""Whether a formula adds up: litres are not added to metres, nor L/s to m³/h. With the units of what it uses, by pint.

A number has the unit of what it stands beside; in a product it is a factor, and may well be one between two units: what
comes of it is held to its quantity and no longer to its scale. A constant of a configuration may be anything.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce

from shared.formulas.tree import Binary, Call, FormulaError, Name, Negative, Node, Number, walk
from shared.quantities import Refused, base_of

Powers = Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class Measure:
    """`powers` of base quantities, none at 0; `scale` to their base units, None where a factor made it uncertain.

    `said`: the unit as people write it, for messages.
    """

    powers: Powers
    scale: Fraction | None
    said: str
    factored: bool = False


# Scales of their own that pint would read as something else: pH is no picohenry.
OWN = frozenset({"ph", "ntu", "fnu", "dbm"})
PURE = Measure({}, Fraction(1), "un número sin unidad")


def measure_of(unit: str) -> Measure | None:
    """None where nothing is said. A unit that nobody knows (pH, NTU) is one of its own."""
    text = unit.strip()
    if not text:
        return None
    if text.lower() in OWN:
        return _own(text)
    try:
        powers, scale = base_of(text)
    except Refused:
        return _own(text)
    return Measure(powers, scale, text)


def measures_of(units: Mapping[str, str]) -> dict[str, Measure | None]:
    return {name: measure_of(unit) for name, unit in units.items()}


def check_dimensions(node: Node, known: Mapping[str, Measure | None]) -> Measure | None:
    """What the formula gives; None where it may be anything, as a name may that is not `known`.

    Raises FormulaError with the place of the sign or the function where it does not add up.
    """
    return _measure(node, known)


def check_result(found: Measure | None, unit: str) -> None:
    """Raises FormulaError where the formula gives another quantity or scale than `unit`, as far as that is certain."""
    wanted = measure_of(unit)
    if found is None or wanted is None or found.factored:
        return
    if found.powers != wanted.powers:
        raise FormulaError(f"da {found.said}, no {unit}", expected="la unidad de lo que la fórmula da", at=1)
    if found.scale is not None and wanted.scale is not None and found.scale != wanted.scale:
        factor = float(found.scale / wanted.scale)
        expected = f"la fórmula por {factor:g}, o su unidad: {found.said}"
        raise FormulaError(f"da {found.said}, que no es {unit}", expected=expected, at=1)


def _own(text: str) -> Measure:
    return Measure({f"«{text.lower()}»": Fraction(1)}, Fraction(1), text)


def _measure(node: Node, known: Mapping[str, Measure | None]) -> Measure | None:
    match node:
        case Number():
            return None
        case Name(name):
            return known.get(name)
        case Negative(of):
            return _measure(of, known)
        case Binary(sign, left, right, at):
            return _binary(sign, at, (left, right), known)
        case Call(function, arguments, at):
            return _call(function, at, arguments, known)


def _binary(sign: str, at: int, sides: tuple[Node, Node], known: Mapping[str, Measure | None]) -> Measure | None:
    left, right = (_measure(one, known) for one in sides)
    if sign in ("*", "/"):
        return _product(sign, sides, left, right)
    if sign == "**":
        return _power(at, sides[1], left, right)
    alike = _alike(left, right, at, {"+": "se suma", "-": "se resta"}.get(sign, "se compara"))
    return alike if sign in ("+", "-") else PURE


def _call(function: str, at: int, arguments: tuple[Node, ...], known: Mapping[str, Measure | None]) -> Measure | None:
    found = [_measure(one, known) for one in arguments]
    if function == "if":
        return _alike(found[1], found[2], at, "«if» elige entre")
    if function == "sqrt":
        return _raised(found[0], Fraction(1, 2))
    if function == "round":
        return found[0]
    return reduce(lambda one, other: _alike(one, other, at, f"«{function}» compara"), found)


def _alike(left: Measure | None, right: Measure | None, at: int, what: str) -> Measure | None:
    if left is None or right is None:
        return left or right
    if left.powers != right.powers:
        raise FormulaError(f"{what} {left.said} con {right.said}", expected="los dos de la misma magnitud", at=at)
    if left.scale is None or right.scale is None or left.factored or right.factored:
        return replace(left, scale=None, factored=True)
    if left.scale != right.scale:
        expected = f"los dos en la misma unidad: por {float(right.scale / left.scale):g} el segundo"
        raise FormulaError(f"{what} {left.said} con {right.said}", expected=expected, at=at)
    return left


def _product(sign: str, sides: tuple[Node, Node], left: Measure | None, right: Measure | None) -> Measure | None:
    """A bare number is a factor without a unit; what may be anything makes anything."""
    left, right = (_factor(node, one) for node, one in zip(sides, (left, right), strict=True))
    if left is None or right is None:
        return None
    turn = 1 if sign == "*" else -1
    names = {*left.powers, *right.powers}
    powers = {name: left.powers.get(name, Fraction(0)) + turn * right.powers.get(name, Fraction(0)) for name in names}
    scale = None
    if left.scale is not None and right.scale is not None:
        scale = left.scale * right.scale if turn > 0 else left.scale / right.scale
    kept = {name: power for name, power in powers.items() if power}
    return Measure(kept, scale, _said(sign, left, right), left.factored or right.factored)


def _factor(node: Node, found: Measure | None) -> Measure | None:
    if found is None and not any(isinstance(one, Name) for one in walk(node)):
        return replace(PURE, scale=None, factored=True)
    return found


def _power(at: int, exponent: Node, base: Measure | None, raised: Measure | None) -> Measure | None:
    if raised is not None and raised.powers:
        raise FormulaError(f"se eleva a {raised.said}", expected="un exponente sin unidad", at=at)
    if base is None or not base.powers:
        return base
    match exponent:
        case Number(value):
            return _raised(base, Fraction(value).limit_denominator(1000))
        case Negative(Number(value)):
            return _raised(base, -Fraction(value).limit_denominator(1000))
    return None


def _raised(base: Measure | None, power: Fraction) -> Measure | None:
    if base is None:
        return None
    powers = {name: one * power for name, one in base.powers.items() if one * power}
    scale = base.scale**power.numerator if base.scale is not None and power.denominator == 1 else None
    return Measure(powers, scale, f"({base.said})^{power}", base.factored or scale is None)


def _said(sign: str, left: Measure, right: Measure) -> str:
    if right.said == PURE.said:
        return left.said
    if left.said == PURE.said:
        return right.said if sign == "*" else f"1/({right.said})"
    return f"{left.said}·{right.said}" if sign == "*" else f"{left.said}/({right.said})"
