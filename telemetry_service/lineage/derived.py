"""Of a measurement that is made of others: the formula, and what each input said."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from shared.auth.principal import Principal
from telemetry_service.lineage.queries import Instant
from telemetry_service.measurements.fields import iso
from telemetry_service.measurements.quality import LABELS
from telemetry_service.measurements.queries import units
from telemetry_service.measurements.store import DERIVED
from telemetry_service.virtual.origins import InputAt, Origin, origins


def add_origins(
    shown: Sequence[dict[str, Any]], *, point_id: UUID, instants: Sequence[Instant], principal: Principal
) -> None:
    """Puts `made_of` into what is shown of each measurement that is made of others."""
    wanted = [(made.variable, one.time) for one in instants for made in one.measured if made.source_id == DERIVED]
    found = origins(point_id=point_id, wanted=wanted) if wanted else {}
    for one, body in zip(instants, shown, strict=True):
        for made, measurement in zip(one.measured, body["measurements"], strict=True):
            origin = found.get((made.variable, one.time))
            if origin and made.source_id == DERIVED:
                measurement["made_of"] = _shown(origin, principal)


def _shown(origin: Origin, principal: Principal) -> dict[str, Any]:
    return {
        "formula": origin.formula,
        "missing": origin.missing,
        "tolerance_s": origin.tolerance_s,
        "hold_s": origin.hold_s,
        "inputs": [_shown_input(one, principal) for one in origin.inputs],
    }


def _shown_input(one: InputAt, principal: Principal) -> dict[str, Any]:
    """Of another's point only that it is one of the members."""
    said = {"name": one.name, "point": str(one.point_id), "variable": one.variable}
    if not principal.may_see(one.point_id):
        return said | {"hidden": True}
    return said | {
        "time": one.time and iso(one.time),
        "value": one.value,
        "unit": units().get(one.variable, ""),
        "quality": one.quality,
        "quality_label": LABELS[one.quality],
        "held": one.held,
    }
