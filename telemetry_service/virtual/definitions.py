"""What a configuration says of derived variables: virtual ones (a formula over the point's own) and composite ones
(the sum or difference of several points'). Plain Python. Core checked it; what nobody can use counts as not said.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from shared.formulas.order import in_order, ring_in
from shared.formulas.parse import parse
from shared.formulas.tree import Binary, FormulaError, Name, Negative, Node, Number, names_in

# What of a configuration these definitions depend on.
PARTS = ("virtual_variables", "composite", "constants")


class Missing(StrEnum):
    """What becomes of an instant at which an input is missing."""

    REFUSE = "refuse"  # no measurement is made
    HOLD = "hold"  # its last value is held, for so long; beyond that it is explained
    EXPLAIN = "explain"  # a measurement without a value that says why


class Series(NamedTuple):
    point_id: UUID
    variable: str


@dataclass(frozen=True, slots=True)
class Derived:
    """`inputs` by the name they have in `formula`. Values not older than `tolerance_us` count as of one instant."""

    variable: str
    formula: Node
    text: str
    inputs: Mapping[str, Series]
    missing: Missing = Missing.EXPLAIN
    tolerance_us: int = 0
    hold_us: int = 0

    @property
    def reach_us(self) -> int:
        """How far from its own time an input may change it."""
        return max(self.tolerance_us, self.hold_us)


@dataclass(frozen=True, slots=True)
class Version:
    """Holds from `valid_from` (None: always) to the next one's. `derived` in an order in which they can be made."""

    version: int
    valid_from: datetime | None
    derived: tuple[Derived, ...]

    def reach_us(self) -> int:
        """How far a change of any input carries, along the longest chain; more than enough is not wrong."""
        return sum(one.reach_us for one in self.derived)


def definitions_of(point_id: UUID, config: Mapping[str, Any]) -> tuple[Derived, ...]:
    """None of them where they are made of each other in a ring."""
    found = {one.variable: one for one in _all(point_id, config)}
    needs = {
        name: [key.variable for key in one.inputs.values() if key.point_id == point_id] for name, one in found.items()
    }
    return () if ring_in(needs) else tuple(found[name] for name in in_order(needs))


def units_of(config: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Name and unit of each virtual variable."""
    return {
        code: (str(said.get("name") or code)[:100], str(said.get("unit", ""))[:20])
        for code, said in (config.get("virtual_variables") or {}).items()
    }


def _all(point_id: UUID, config: Mapping[str, Any]) -> Iterable[Derived]:
    constants = config.get("constants") or {}
    for variable, said in (config.get("composite") or {}).items():
        yield _composite(variable, said)
    for variable, said in (config.get("virtual_variables") or {}).items():
        try:
            formula = _with(parse(said["formula"]), constants)
        except FormulaError:
            continue
        inputs = {name: Series(point_id, name) for name in names_in(formula)}
        if inputs:
            yield _paced(Derived(variable, formula, said["formula"], inputs), said)


def _composite(variable: str, said: Mapping[str, Any]) -> Derived:
    inputs: dict[str, Series] = {}
    formula: Node | None = None
    text = ""
    for index, member in enumerate(said["members"], 1):
        name, minus = f"m{index}", member.get("sign") == "-"
        inputs[name] = Series(UUID(member["point"]), member.get("variable", variable))
        here = Name(name, 1)
        if formula is None:
            formula = Negative(here) if minus else here
        else:
            formula = Binary("-" if minus else "+", formula, here)
        text += f" - {name}" if minus else f" + {name}"
    return _paced(Derived(variable, formula or Number(0), text.removeprefix(" + ").strip(), inputs), said)


def _paced(derived: Derived, said: Mapping[str, Any]) -> Derived:
    missing = Missing(said.get("missing", "explain"))
    hold = int(said.get("hold_s", 0)) if missing is Missing.HOLD else 0
    tolerance = int(said.get("tolerance_s", 0))
    return replace(derived, missing=missing, tolerance_us=tolerance * 1_000_000, hold_us=hold * 1_000_000)


def _with(node: Node, constants: Mapping[str, float]) -> Node:
    """The formula with the values of the point's constants in it."""
    match node:
        case Name(name) if name in constants:
            return Number(float(constants[name]))
        case Negative(of):
            return Negative(_with(of, constants))
        case Binary(sign, left, right, at):
            return Binary(sign, _with(left, constants), _with(right, constants), at)
        case Number() | Name():
            return node
    return replace(node, arguments=tuple(_with(one, constants) for one in node.arguments))
