"""What may leave of a time stamp: a barrier that waits for all of its parameters. Plain Python: no clock, no database.

SMA refuses a call with missing parameters, and wants those of one stamp in one call. So a stamp waits until all of its
dispositivos are whole and good. When its barrier ends, those that are leave without the others, which are named with
their reasons; where none is, a doubt is held for a person, and what never came is explained in the end.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from compliance_service.authorities.judgement import (
    CannotSend,
    Decision,
    Explain,
    Hold,
    Measured,
    Send,
    Wait,
    doubt,
    evidence,
    sample,
)
from compliance_service.authorities.sma.document import registro
from compliance_service.authorities.sma.terms import Device
from shared.clock import REGULATOR_TIME

INCOMPLETE = "incomplete_stamp"
LONGEST_REASON = 60


@dataclass(slots=True)
class Found:
    """What there is of a device. It is whole where nothing is missing nor doubtful."""

    device: Device
    registro: dict[str, Any] = field(default_factory=dict)
    proof: dict[str, Any] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return not self.missing and not self.doubts

    @property
    def reason(self) -> str:
        """A doubt says more than an absence."""
        return self.doubts[0] if self.doubts else f"no_{self.missing[0]}_of_{self.device.id}"[:LONGEST_REASON]


def decide(
    devices: Sequence[Device],
    slot: datetime,
    rows: Sequence[Measured],
    *,
    point: UUID,
    before: datetime,
    rules: Mapping[str, Any],
    now: datetime,
) -> Decision:
    """`point`: of the devices that name none. `before`: the stamp before; a change is since then.

    `rules`: barrier_minutes, give_up_days.
    """
    found = [_find(device, (before, slot), rows, device.point or point) for device in devices]
    whole = [one for one in found if one.is_whole]
    lacking = [one for one in found if not one.is_whole]
    if lacking and now < slot + timedelta(minutes=rules["barrier_minutes"]):
        return Wait(lacking[0].reason)
    if whole:
        return _send(whole, lacking)
    if doubtful := [one for one in lacking if one.doubts]:
        return Hold(doubtful[0].reason, _proof(lacking))
    if now >= slot + timedelta(days=rules["give_up_days"]):
        return Explain(INCOMPLETE, _note(slot, lacking))
    return Wait(lacking[0].reason)


def _find(device: Device, stamps: tuple[datetime, datetime], rows: Sequence[Measured], point: UUID) -> Found:
    """`stamps`: the one before, and the one that is reported."""
    found = Found(device)
    values: dict[str, float | Decimal] = {}
    for parameter in device.parameters:
        asked = stamps if parameter.change else stamps[1:]
        there = [row for at in asked if (row := sample(at, parameter.variable, rows, point=point)) is not None]
        if len(there) < len(asked):
            found.missing.append(parameter.name)
            continue
        said = _grown(*there) if parameter.change else evidence(there[-1])
        found.proof[f"{device.id}/{parameter.name}"] = {
            "point": str(point),
            "variable": parameter.variable,
            **said,
        }
        doubts = [reason for row in there if (reason := doubt(row))]
        found.doubts += doubts[:1]
        if not doubts and said["value"] is not None:
            values[parameter.name] = Decimal(said["exact"]) if parameter.change else said["value"]
    if found.is_whole:
        try:
            found.registro = registro(device, values, stamps[1])
        except CannotSend as error:
            found.doubts.append(error.reason)
    return found


def _grown(earlier: Measured, later: Measured) -> dict[str, Any]:
    """By how much, as the decimals say it, and of which two measurements."""
    worst = max(earlier, later, key=lambda row: row.quality)
    said = {**evidence(later), "quality": worst.quality, "reasons": list(worst.reasons), "value": None, "exact": None}
    if earlier.value is not None and later.value is not None:
        exact = Decimal(repr(later.value)) - Decimal(repr(earlier.value))
        said |= {"value": float(exact), "exact": f"{exact:f}"}
    return {**said, "change": {"from": evidence(earlier), "to": evidence(later)}}


def _send(whole: Sequence[Found], lacking: Sequence[Found]) -> Send:
    proof = _proof([*whole, *lacking])
    if lacking:
        proof["left_out"] = {one.device.id: one.reason for one in lacking}
    return Send({"registros": [one.registro for one in whole]}, proof)


def _proof(found: Sequence[Found]) -> dict[str, Any]:
    return {name: said for one in found for name, said in one.proof.items()}


def _note(slot: datetime, lacking: Sequence[Found]) -> str:
    stamp = f"{slot.astimezone(REGULATOR_TIME):%d-%m-%Y %H:%M}"
    said = "; ".join(f"dispositivo {one.device.id}: {', '.join(one.missing)}" for one in lacking)
    return f"Instante {stamp} (UTC-4) incompleto: no llegaron datos de {said}."
