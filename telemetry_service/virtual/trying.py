"""Trying a virtual variable on a point's past, before it is entered in Core: reads measurements, writes nothing."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import numpy as np

from shared.errors import invalid
from shared.formulas.dimensions import check_dimensions, check_result, measures_of
from shared.formulas.order import ring_in
from shared.formulas.parse import CONSTANTS, FUNCTIONS, parse
from shared.formulas.tree import FormulaError, Node, names_in
from telemetry_service.measurements.queries import units
from telemetry_service.points.queries import ConfigVersion, config_versions
from telemetry_service.virtual.align import EMPTY, Rows
from telemetry_service.virtual.definitions import Series, Version, definitions_of
from telemetry_service.virtual.derive import Made, derive, microseconds, spans_of
from telemetry_service.virtual.judging import Judge
from telemetry_service.virtual.queries import count_of, rows_of
from telemetry_service.virtual.trial import Would, would_be

MOST_DAYS = 90
MOST_ROWS = 500_000  # of all its inputs together


def try_formula(
    *, point_id: UUID, code: str, said: Mapping[str, Any], days: int, now: datetime, judge: Judge | None = None
) -> Would:
    """What `said` (as under `virtual_variables` in a configuration) would have given in the last `days`, and what the
    quality tests would have said of it.

    As if it had been said in each version of the configuration that held meanwhile. Raises InvalidInput by path.
    """
    versions = config_versions(point_id) or [ConfigVersion(0, None, {})]
    _check(point_id, code, said, versions[-1].config)
    supposed = [_with(point_id, code, said, one) for one in versions]
    start = now - timedelta(days=days)
    made, stored = _made(point_id, code, supposed, start, now, days, judge)
    window = microseconds(start), microseconds(now)
    return would_be(_inside(made, window), _inside(stored, window))


def _with(point_id: UUID, code: str, said: Mapping[str, Any], version: ConfigVersion) -> Version:
    virtual = {**(version.config.get("virtual_variables") or {}), code: said}
    derived = definitions_of(point_id, {**version.config, "virtual_variables": virtual})
    return Version(version.version, version.valid_from, derived)


def _made(
    point_id: UUID,
    code: str,
    versions: list[Version],
    start: datetime,
    end: datetime,
    days: int,
    judge: Judge | None,
) -> tuple[Rows, Rows]:
    """What would be made of the variable, and what there is of it."""
    around = judge.reach_us if judge else 0
    reach = timedelta(microseconds=max(one.reach_us() for one in versions) + around)
    needed = [replace(one, derived=_needed(one, code)) for one in versions]
    own = {one.variable: Series(point_id, one.variable) for version in needed for one in version.derived}
    series = {key for version in needed for one in version.derived for key in one.inputs.values()} | {*own.values()}
    if count_of(series, start=start - reach, end=end) > MOST_ROWS:
        raise invalid("days", "demasiadas mediciones para una prueba", received=days, expected="menos días")
    found = rows_of(series, start=start - reach, end=end)
    # What is stored of a derived variable was made by the formulas that hold now; only what was read stands.
    inputs = {key: one.read if key in own.values() else one.all for key, one in found.items()}
    made = derive(spans_of(needed), inputs, own=own, judge=judge)
    return _joined([one for one in made if one.variable == code]), found[own[code]].made


def _needed(version: Version, code: str) -> tuple[Any, ...]:
    """The variable and what it is made of, in the order in which they can be made."""
    by_name = {one.variable: one for one in version.derived}
    wanted, waiting = set[str](), [code]
    while waiting:
        name = waiting.pop()
        if name in by_name and name not in wanted:
            wanted.add(name)
            waiting += [key.variable for key in by_name[name].inputs.values()]
    return tuple(one for one in version.derived if one.variable in wanted)


def _joined(made: list[Made]) -> Rows:
    parts = [one.rows for one in made if len(one.rows)]
    if not parts:
        return EMPTY
    return Rows(*(np.concatenate(columns) for columns in zip(*(_columns(one) for one in parts), strict=True)))


def _columns(rows: Rows) -> tuple[Any, ...]:
    return rows.times, rows.values, rows.qualities, rows.reasons


def _inside(rows: Rows, window: tuple[int, int]) -> Rows:
    return rows.where((rows.times > window[0]) & (rows.times <= window[1]))


def _check(point_id: UUID, code: str, said: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    """As Core would, where it would be entered."""
    virtual, constants = dict(config.get("virtual_variables") or {}), config.get("constants") or {}
    known_units = units()
    is_another = code not in virtual and known_units.get(code, said["unit"]) != said["unit"]
    if is_another or code in {*CONSTANTS, *FUNCTIONS, *constants}:
        raise invalid("variable", "ya nombra otra cosa", received=code, expected="un nombre que nadie use")
    try:
        node = parse(said["formula"])
        names = _names(node, {*known_units, *virtual, *constants})
        given = {name: unit for name, unit in known_units.items() if name not in constants and name != code}
        check_result(check_dimensions(node, measures_of(given)), said["unit"])
    except FormulaError as error:
        raise invalid("definition.formula", error.problem, received=said["formula"], expected=error.expected) from error
    if set(constants).issuperset(names):
        expected = "una fórmula con al menos una variable"
        raise invalid("definition.formula", "no usa ninguna variable", received=said["formula"], expected=expected)
    _check_ring(code, names, virtual)


def _names(node: Node, known: set[str]) -> dict[str, int]:
    names = names_in(node)
    for name, at in names.items():
        if name not in known:
            expected = f"una de: {', '.join(sorted(known))}"
            raise FormulaError(f"«{name}» no nombra nada", expected=expected, at=at)
    return names


def _check_ring(code: str, names: Mapping[str, int], virtual: Mapping[str, Any]) -> None:
    needs = {name: _parsed(one["formula"]) for name, one in virtual.items()} | {code: names}
    ring = ring_in(needs)
    if ring:
        expected = "fórmulas que no vuelvan a sí mismas"
        raise invalid("definition.formula", f"se define por sí misma: {' → '.join(ring)}", expected=expected)


def _parsed(formula: str) -> dict[str, int]:
    try:
        return names_in(parse(formula))
    except FormulaError:
        return {}
