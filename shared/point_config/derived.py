"""What a configuration may say of variables that are made of others: virtual ones (a formula over the point's own) and
composite ones (a sum or difference of several points'). Plain Python.

A part of a configuration may name what only the whole one has; so what is named is looked for in the whole.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID

from shared.checks import Check, Problem, any_number, choice, members, text, whole
from shared.formulas.dimensions import check_dimensions, check_result, measures_of
from shared.formulas.order import ring_in
from shared.formulas.parse import CONSTANTS, FUNCTIONS, parse
from shared.formulas.tree import FormulaError, names_in

VARIABLES = (
    "flow", "level", "water_table", "total", "volume", "pulses", "mean_flow",
    "temperature", "pressure", "ph", "conductivity", "turbidity",
)  # fmt: skip
MEASURED = (*VARIABLES, "battery", "battery_voltage", "signal")
# As Telemetry measures them; a contract test holds the two together.
UNITS = {
    "flow": "L/s", "mean_flow": "L/s", "level": "m", "water_table": "m", "total": "m3", "volume": "m3",
    "pulses": "pulses", "temperature": "°C", "pressure": "kPa", "ph": "pH", "conductivity": "µS/cm",
    "turbidity": "NTU", "battery": "%", "battery_voltage": "V", "signal": "dBm",
}  # fmt: skip
# A member's variable may be another one of the same quantity.
ALIKE = ({"flow", "mean_flow"}, {"level", "water_table"}, {"total", "volume"})
CODE = re.compile("[a-z][a-z0-9_]{0,39}")
MISSING = ("refuse", "hold", "explain")
LONGEST_HOLD_S = 7 * 86_400
LONGEST_TOLERANCE_S = 3_600
MOST_VIRTUAL, MOST_CONSTANTS, MOST_MEMBERS = 50, 100, 100
Path = tuple[str, ...]


def virtual_variables(path: Path, value: Any) -> Iterator[Problem]:
    example = 'un objeto como {"drawdown": {"formula": "water_table - 12.5", "unit": "m"}}'
    yield from _named(path, value, _virtual, most=MOST_VIRTUAL, example=example)


def constants(path: Path, value: Any) -> Iterator[Problem]:
    yield from _named(path, value, any_number, most=MOST_CONSTANTS, example='un objeto como {"static_level": 12.5}')


def composite(path: Path, value: Any) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        example = 'un objeto como {"flow": {"members": [{"point": "<id>"}], "missing": "explain"}}'
        yield Problem(path, "no es un objeto", example, value)
        return
    yield from members(path, value, dict.fromkeys(VARIABLES, _composite))


def coded(value: Mapping[Any, Any]) -> list[str]:
    """Names that a virtual variable may have: a part cannot say whether the whole has it."""
    return [name for name in value if isinstance(name, str) and CODE.fullmatch(name)]


def problems_of_derived(config: Mapping[str, Any]) -> Iterator[Problem]:
    """What is wrong with a whole configuration's formulas: names that nothing has, rings, members left out."""
    virtual, given = config.get("virtual_variables") or {}, config.get("constants") or {}
    needs = {code: names_in(parse(said["formula"])) for code, said in virtual.items() if "formula" in said}
    known = {*MEASURED, *virtual, *given}
    for code in virtual:
        path = ("virtual_variables", code)
        yield from _required(path, virtual[code], ("formula", "unit"))
        if code in needs:
            yield from _names((*path, "formula"), needs[code], known, {*MEASURED, *virtual})
        yield from _holds(path, virtual[code])
    ring = ring_in(needs)
    if ring:
        where = ("virtual_variables", ring[0], "formula")
        yield Problem(where, f"se define por sí misma: {' → '.join(ring)}", "fórmulas que no vuelvan a sí mismas")
    else:
        yield from _units(virtual, given, needs)
    for name in sorted({*virtual} & {*given}):
        yield Problem(("constants", name), "también es una variable virtual", "otro nombre", given[name])
    for variable, said in (config.get("composite") or {}).items():
        yield from _required(("composite", variable), said, ("members",))
        yield from _holds(("composite", variable), said)


def _names(path: Path, used: Mapping[str, int], known: set[str], variables: set[str]) -> Iterator[Problem]:
    for name, at in used.items():
        if name not in known:
            expected = f"una variable, una constante de «constants» o una virtual: {', '.join(sorted(known))}"
            yield Problem(path, f"«{name}» no nombra nada (carácter {at})", expected, name)
    if known.issuperset(used) and variables.isdisjoint(used):
        yield Problem(path, "no usa ninguna variable", "una fórmula con al menos una variable", None)


def _units(
    virtual: Mapping[str, Any], given: Mapping[str, Any], needs: Mapping[str, Mapping[str, int]]
) -> Iterator[Problem]:
    """Whether each formula adds up and gives what it says. A constant may be anything."""
    said = {code: one["unit"] for code, one in virtual.items() if "unit" in one and code not in given}
    known = measures_of({**UNITS, **said})
    for code, used in needs.items():
        if {*MEASURED, *virtual, *given}.issuperset(used):
            formula = virtual[code]["formula"]
            try:
                check_result(check_dimensions(parse(formula), known), said.get(code, ""))
            except FormulaError as error:
                yield Problem(("virtual_variables", code, "formula"), error.problem, error.expected, formula)


def _required(path: Path, said: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[Problem]:
    right = {
        "formula": 'una fórmula como "flow / drawdown"',
        "unit": 'la unidad del resultado, como "m"',
        "members": 'una lista como [{"point": "<id>"}]',
    }
    for name in names:
        if name not in said:
            yield Problem((*path, name), "falta", right[name])


def _holds(path: Path, said: Mapping[str, Any]) -> Iterator[Problem]:
    hold = said.get("hold_s", 0)
    if said.get("missing") == "hold" and not hold:
        yield Problem((*path, "hold_s"), "falta", f"por cuántos segundos se retiene, de 1 a {LONGEST_HOLD_S}", hold)
    if said.get("missing", "explain") != "hold" and hold:
        yield Problem((*path, "hold_s"), "sobra", 'missing: "hold", o sin hold_s', hold)


def _named(path: Path, value: Any, check: Check, *, most: int, example: str) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(path, "no es un objeto", example, value)
        return
    if len(value) > most:
        yield Problem(path, "son demasiados", f"a lo más {most}", len(value))
    for name, inner in value.items():
        if not isinstance(name, str) or not CODE.fullmatch(name) or name in {*MEASURED, *CONSTANTS, *FUNCTIONS}:
            expected = "minúsculas, cifras y _, hasta 40, distinto de las variables medidas y de las funciones"
            yield Problem((*path, str(name)), "no puede ser un nombre nuevo", expected, name)
        elif inner is not None:  # null takes away what the template says
            yield from check((*path, name), inner)


def _virtual(path: Path, value: Any) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(path, "no es un objeto", 'un objeto como {"formula": "flow * 3.6", "unit": "m3/h"}', value)
        return
    yield from members(path, value, VIRTUAL)


def _composite(path: Path, value: Any) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield Problem(path, "no es un objeto", 'un objeto como {"members": [{"point": "<id>"}]}', value)
        return
    yield from members(path, value, COMPOSITE | {"members": _members_of(path[-1])})


def _members_of(variable: str) -> Check:
    alike = next((group for group in ALIKE if variable in group), {variable})

    def check(path: Path, value: Any) -> Iterator[Problem]:
        if not isinstance(value, list) or not 1 <= len(value) <= MOST_MEMBERS:
            yield Problem(path, "no es una lista de puntos", f'de 1 a {MOST_MEMBERS} como {{"point": "<id>"}}', value)
            return
        seen: set[Any] = set()
        for index, member in enumerate(value):
            here = (*path, str(index))
            if not isinstance(member, Mapping):
                yield Problem(here, "no es un objeto", 'un objeto como {"point": "<id>", "sign": "-"}', member)
                continue
            yield from members(here, member, MEMBER | {"variable": choice(*sorted(alike))})
            if "point" not in member:
                yield Problem((*here, "point"), "falta", "el id de un punto")
            key = (str(member.get("point")), member.get("variable", variable))
            if key in seen:
                yield Problem((*here, "point"), "está dos veces", "cada punto una sola vez", member.get("point"))
            seen.add(key)

    return check


def _formula(path: Path, value: Any) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield Problem(path, "no es un texto", 'una fórmula como "flow / drawdown"', value)
        return
    try:
        parse(value)
    except FormulaError as error:
        yield Problem(path, error.problem, error.expected, value)


def _point(path: Path, value: Any) -> Iterator[Problem]:
    try:
        right = isinstance(value, str) and str(UUID(value)) == value.lower()
    except ValueError:
        right = False
    if not right:
        yield Problem(path, "no es el id de un punto", "un UUID", value)


PACE: dict[str, Check] = {
    "missing": choice(*MISSING),
    "hold_s": whole("segundos", low=0, high=LONGEST_HOLD_S),
    "tolerance_s": whole("segundos", low=0, high=LONGEST_TOLERANCE_S),
}
VIRTUAL: dict[str, Check] = {"formula": _formula, "unit": text(20), "name": text(100), **PACE}
COMPOSITE: dict[str, Check] = {"members": _members_of("flow"), **PACE}
MEMBER: dict[str, Check] = {"point": _point, "sign": choice("+", "-")}
