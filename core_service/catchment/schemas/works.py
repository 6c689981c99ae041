"""What must hold between points: members of composite works exist, none is made of itself, and a code has one unit."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q

from core_service.catchment.models import CatchmentPoint, CatchmentPointConfig
from shared.checks import Problem
from shared.formulas.order import ring_in
from shared.formulas.parse import parse
from shared.formulas.tree import FormulaError, names_in

Config = Mapping[str, Any]
Series = tuple[UUID, str]
Needs = dict[Series, set[Series]]


def problems_between_points(said: Sequence[tuple[UUID, Config]]) -> list[list[Problem]]:
    """For each point and whole configuration, in this order. Under any dates: at no time is a work made of itself."""
    if not any("composite" in config or "virtual_variables" in config for _, config in said):
        return [[] for _ in said]
    deriving = Q(config__has_key="composite") | Q(config__has_key="virtual_variables")
    stored = list(CatchmentPointConfig.objects.filter(deriving).values_list("point_id", "config"))
    codes = dict(CatchmentPoint.objects.filter(deleted=False).values_list("id", "code"))
    needs, units = _needs([*stored, *said]), _units(stored)
    return [
        [*_absent(config, codes), *_ring(point_id, config, needs, codes), *_other_units(point_id, config, units, codes)]
        for point_id, config in said
    ]


def _absent(config: Config, codes: Mapping[UUID, str]) -> Iterator[Problem]:
    for variable, one in config.get("composite", {}).items():
        for index, member in enumerate(one["members"]):
            if UUID(member["point"]) not in codes:
                path = ("composite", variable, "members", str(index), "point")
                yield Problem(path, "no existe ese punto", "el id de un punto", member["point"])


def _ring(point_id: UUID, config: Config, needs: Needs, codes: Mapping[UUID, str]) -> Iterator[Problem]:
    for variable in config.get("composite", {}):
        ring = ring_in(_reached((point_id, variable), needs))
        if ring:
            said = " → ".join(f"{codes.get(point, point)}.{name}" for point, name in ring)
            path = ("composite", variable, "members")
            yield Problem(path, f"se forma de sí misma: {said}", "miembros que no vuelvan a esta obra")
            return


def _reached(start: Series, needs: Needs) -> Needs:
    found, waiting = Needs(), [start]
    while waiting:
        one = waiting.pop()
        if one not in found and one in needs:
            found[one] = needs[one]
            waiting += needs[one]
    return found


def _needs(said: Iterable[tuple[UUID, Config]]) -> Needs:
    found: Needs = {}
    for point_id, config in said:
        for variable, one in config.get("composite", {}).items():
            members = {(UUID(member["point"]), member.get("variable", variable)) for member in one["members"]}
            found.setdefault((point_id, variable), set()).update(members)
        for variable, one in config.get("virtual_variables", {}).items():
            found.setdefault((point_id, variable), set()).update((point_id, name) for name in _names(one["formula"]))
    return found


def _names(formula: str) -> Iterable[str]:
    try:
        return names_in(parse(formula))
    except FormulaError:
        return ()


def _units(stored: Iterable[tuple[UUID, Config]]) -> dict[str, tuple[UUID, str]]:
    return {
        code: (point_id, one["unit"])
        for point_id, config in stored
        for code, one in config.get("virtual_variables", {}).items()
    }


def _other_units(
    point_id: UUID, config: Config, units: Mapping[str, tuple[UUID, str]], codes: Mapping[UUID, str]
) -> Iterator[Problem]:
    """Whoever reads a variable of many points reads one unit."""
    for code, one in config.get("virtual_variables", {}).items():
        other, unit = units.get(code, (point_id, one["unit"]))
        if unit != one["unit"]:
            problem = f"«{code}» ya está en {unit} ({codes.get(other, other)})"
            yield Problem(("virtual_variables", code, "unit"), problem, f"{unit}, u otro nombre", one["unit"])
