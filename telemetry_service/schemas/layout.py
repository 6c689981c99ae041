"""What a schema may say, checked when it is saved: each problem names its path and what would be right."""

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from shared.checks import Check, Path, Problem, any_number, choice, flag, is_number, members, number, text, whole
from shared.formulas.dimensions import check_dimensions, check_result, measure_of, measures_of
from shared.formulas.order import in_order, ring_in
from shared.formulas.parse import CONSTANTS, FUNCTIONS, parse
from shared.formulas.tree import FormulaError, names_in
from shared.quantities import conversion

INTERVALS = ("instant", "hour", "day", "month")
ZONES = ("utc", "utc-4", "santiago")
FIGURES = ("mean", "weighted_mean", "first", "last", "min", "max", "change", "sum", "count", "good")
CODE = re.compile("[a-z][a-z0-9_]{0,39}")
LONGEST_HOLD_S, LONGEST_TOLERANCE_S = 7 * 86_400, 3_600
MOST_VARIABLES = 50


def problems_of(schema: Mapping[str, Any], *, units: Mapping[str, str]) -> list[Problem]:
    """`schema`: the members by their names. `units`: of every variable there is."""
    variables = schema["variables"]
    found = list(_variables(variables, units))
    if found:
        return found
    parts: dict[str, Check] = {
        "grouping_config": lambda path, value: _grouping(path, value, variables),
        "display_config": lambda path, value: _display(path, value, variables, units),
        "processing_config": lambda path, value: _processing(path, value, variables),
        "validation_rules": lambda path, value: _rules(path, value, {*variables, *_names(schema)}),
        "calculated_fields": lambda path, value: _calculated(path, value, variables, units),
    }
    for name, check in parts.items():
        value = schema.get(name) or {}
        found += list(check((name,), value)) if isinstance(value, Mapping) else [_no_object((name,), value)]
    return found or list(_of_its_kind(schema))


def _of_its_kind(schema: Mapping[str, Any]) -> Iterator[Problem]:
    """What each kind of schema promises."""
    processing = schema.get("processing_config") or {}
    interval, kind = processing.get("interval", "instant"), schema["schema_type"]
    if kind == "REPORT" and interval == "instant":
        yield Problem(("processing_config", "interval"), "un informe es de períodos", "hour, day o month", interval)
    if kind == "ALERT" and not schema.get("validation_rules"):
        yield Problem(("validation_rules",), "una alerta sin reglas no avisa nada", 'como {"flow": {"max": 50}}', {})
    if kind == "COMPLIANCE" and processing.get("hold_s"):
        expected = "0: nada retenido puede llegar a una autoridad"
        yield Problem(("processing_config", "hold_s"), "no se retiene", expected, processing["hold_s"])
    if interval != "instant" and (processing.get("hold_s") or processing.get("tolerance_s")):
        yield Problem(("processing_config", "interval"), "un período no retiene valores", "instant", interval)
    if interval == "instant" and processing.get("figures"):
        yield Problem(("processing_config", "figures"), "un instante no tiene cifras", "hour, day o month", interval)


def _variables(value: Any, units: Mapping[str, str]) -> Iterator[Problem]:
    if not isinstance(value, list) or not 1 <= len(value) <= MOST_VARIABLES:
        yield Problem(("variables",), "no es una lista de variables", f"de 1 a {MOST_VARIABLES} códigos", value)
        return
    for index, code in enumerate(value):
        if not isinstance(code, str) or code not in units:
            yield Problem(("variables", str(index)), "variable desconocida", f"una de: {', '.join(units)}", code)
        elif code in value[:index]:
            yield Problem(("variables", str(index)), "está dos veces", "cada variable una sola vez", code)


def _grouping(path: Path, value: Mapping[str, Any], variables: list[str]) -> Iterator[Problem]:
    yield from members(path, value, {"groups": lambda where, groups: _groups(where, groups, variables)})


def _groups(path: Path, value: Any, variables: list[str]) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield Problem(path, "no es una lista", '[{"code": "hidraulica", "variables": ["flow"]}]', value)
        return
    seen: dict[str, str] = {}
    for index, group in enumerate(value):
        here = (*path, str(index))
        if not isinstance(group, Mapping):
            yield _no_object(here, group)
            continue
        inside = partial(_inside, variables=variables, seen=seen)
        checks: dict[str, Check] = {"code": _code, "label": text(100), "variables": inside}
        yield from members(here, group, checks, needed=("code", "variables"))
    for code in variables if value else ():
        if code not in seen:
            yield Problem(path, f"«{code}» no está en ningún grupo", "cada variable en un grupo", code)


def _inside(path: Path, value: Any, variables: list[str], seen: dict[str, str]) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield Problem(path, "no es una lista", 'como ["flow", "volume"]', value)
        return
    for index, code in enumerate(value):
        here = ".".join((*path, str(index)))
        if code not in variables:
            yield Problem((*path, str(index)), "no es una variable del esquema", ", ".join(variables), code)
        elif code in seen:
            yield Problem((*path, str(index)), f"ya está en {seen[code]}", "cada variable en un solo grupo", code)
        else:
            seen[code] = here


def _display(path: Path, value: Mapping[str, Any], variables: list[str], units: Mapping[str, str]) -> Iterator[Problem]:
    for code, said in value.items():
        here = (*path, code)
        if code not in variables:
            yield Problem(here, "no es una variable del esquema", ", ".join(variables), code)
        elif not isinstance(said, Mapping):
            yield _no_object(here, said)
        else:
            yield from members(here, said, {**SHOWN, "unit": _unit_like(units[code])})


def _unit_like(unit: str) -> Check:
    def check(path: Path, value: Any) -> Iterator[Problem]:
        if not isinstance(value, str) or conversion(unit, value) is None:
            yield Problem(path, f"no se puede pasar de {unit} a eso", f"una unidad de lo mismo que {unit}", value)

    return check


def _processing(path: Path, value: Mapping[str, Any], variables: list[str]) -> Iterator[Problem]:
    def figures(where: Path, said: Any) -> Iterator[Problem]:
        if isinstance(said, Mapping):
            yield from members(where, said, dict.fromkeys(variables, choice(*FIGURES)))
        else:
            yield _no_object(where, said)

    checks = {
        "interval": choice(*INTERVALS),
        "points": _points,
        "zone": choice(*ZONES),
        "figures": figures,
        "tolerance_s": whole("segundos", low=0, high=LONGEST_TOLERANCE_S),
        "hold_s": whole("segundos", low=0, high=LONGEST_HOLD_S),
    }
    yield from members(path, value, checks)


def _rules(path: Path, value: Mapping[str, Any], names: set[str]) -> Iterator[Problem]:
    for code, said in value.items():
        here = (*path, code)
        if code not in names:
            expected = f"una variable o un campo calculado: {', '.join(sorted(names))}"
            yield Problem(here, "no es de este esquema", expected, code)
        elif not isinstance(said, Mapping):
            yield _no_object(here, said)
        else:
            yield from members(here, said, RULE)
            low, high = said.get("min"), said.get("max")
            if low is not None and high is not None and is_number(low) and is_number(high) and low > high:
                yield Problem((*here, "min"), "es mayor que max", f"a lo más {high:g}", low)


def _calculated(
    path: Path, value: Mapping[str, Any], variables: list[str], units: Mapping[str, str]
) -> Iterator[Problem]:
    needs: dict[str, Mapping[str, int]] = {}
    for code, said in value.items():
        here = (*path, str(code))
        if not CODE.fullmatch(str(code)) or code in {*units, *CONSTANTS, *FUNCTIONS}:
            expected = "minúsculas, cifras y _, hasta 40, distinto de toda variable y función"
            yield Problem(here, "no puede ser un nombre nuevo", expected, code)
        elif not isinstance(said, Mapping):
            yield _no_object(here, said)
        else:
            checks = {**SHOWN, "unit": text(20), "formula": _formula(needs, code)}
            yield from members(here, said, checks, needed=("formula",))
    known = {*variables, *value}
    for code, used in needs.items():
        yield from _used((*path, code, "formula"), used, known)
    ring = ring_in(needs)
    if ring:
        expected = "fórmulas que no vuelvan a sí mismas"
        yield Problem((*path, ring[0], "formula"), f"se define por sí misma: {' → '.join(ring)}", expected)
    elif all(known.issuperset(used) for used in needs.values()):
        yield from _dimensions(path, value, needs, units)


def _dimensions(
    path: Path, value: Mapping[str, Any], needs: Mapping[str, Mapping[str, int]], units: Mapping[str, str]
) -> Iterator[Problem]:
    """A field that says no unit has the one that its formula gives."""
    known = measures_of(units)
    for code in in_order(needs):
        formula, unit = value[code]["formula"], value[code].get("unit")
        try:
            found = check_dimensions(parse(formula), known)
            check_result(found, unit if isinstance(unit, str) else "")
        except FormulaError as error:
            yield Problem((*path, code, "formula"), error.problem, error.expected, formula)
            found = None
        known[code] = measure_of(unit) if isinstance(unit, str) and unit else found


def _used(path: Path, used: Mapping[str, int], known: set[str]) -> Iterator[Problem]:
    for name, at in used.items():
        if name not in known:
            yield Problem(path, f"«{name}» no nombra nada (carácter {at})", f"una de: {', '.join(sorted(known))}", name)
    if not used:
        yield Problem(path, "no usa ninguna variable", "una fórmula con al menos una variable")


def _formula(needs: dict[str, Mapping[str, int]], code: str) -> Check:
    def check(path: Path, value: Any) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield Problem(path, "no es un texto", 'una fórmula como "flow * 3.6"', value)
            return
        try:
            needs[code] = names_in(parse(value))
        except FormulaError as error:
            yield Problem(path, error.problem, error.expected, value)

    return check


def _names(schema: Mapping[str, Any]) -> set[str]:
    fields = schema.get("calculated_fields")
    return set(fields) if isinstance(fields, Mapping) else set()


def _no_object(path: Path, value: Any) -> Problem:
    return Problem(path, "no es un objeto", "un objeto JSON", value)


def _code(path: Path, value: Any) -> Iterator[Problem]:
    if not isinstance(value, str) or not CODE.fullmatch(value):
        yield Problem(path, "no es un código", "minúsculas, cifras y _, hasta 40", value)


def _points(path: Path, value: Any) -> Iterator[Problem]:
    try:
        right = isinstance(value, list) and all(str(UUID(one)) for one in value)
    except (ValueError, TypeError, AttributeError):
        right = False
    if not right:
        yield Problem(path, "no es una lista de puntos", "ids de puntos: UUID", value)


# `margin`: how far inside its limits a value must be for an alert to be over. `completeness`: the share of a day.
RULE: dict[str, Check] = {
    "min": any_number,
    "max": any_number,
    "required": flag,
    "margin": number("margen", low=0, high=1e9),
    "completeness": number("parte de las lecturas", low=0, high=1),
}
SHOWN: dict[str, Check] = {
    "label": text(100),
    "decimals": whole("decimales", low=0, high=15),
    "order": whole("lugar", low=0, high=1000),
}
