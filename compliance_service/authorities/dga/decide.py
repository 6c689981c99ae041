"""What may leave of an hour. Plain Python: no clock, no database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from compliance_service.authorities.dga.flow import THIN, Flow
from compliance_service.authorities.dga.forms import Form
from compliance_service.authorities.judgement import (
    SLOT_WIDTH,
    CannotSend,
    Decision,
    Hold,
    Measured,
    Send,
    Wait,
    doubt,
    evidence,
)
from compliance_service.authorities.judgement import sample as sample_of


def decide(slot: datetime, rows: Sequence[Measured], form: Form, flow: Flow | None = None) -> Decision:
    """`rows`: what is measured of the point around the slot. Only good values of all that the form wants may leave.

    What may be empty is, where it was not measured; where it was and is doubtful, a person decides. `flow`: the mean
    that stands in for the slot's sample of it.
    """
    sampled = [name for name in (*form.variables, *form.optional) if flow is None or name != "flow"]
    sample = {variable: sample_of(slot, variable, rows) for variable in sampled}
    found = {variable: row for variable, row in sample.items() if row is not None}
    proof = {variable: evidence(row) for variable, row in found.items()}
    if flow is not None and flow.mean.count:
        proof["flow"] = flow.evidence()
    if not proof:
        return Wait("no_data")
    doubts = [reason for row in found.values() if (reason := doubt(row))]
    if doubts:
        return Hold(doubts[0], proof)
    missing = [variable for variable in form.variables if variable not in proof]
    if missing:
        return Wait(f"no_{missing[0]}")
    reached = any(slot <= row.time < slot + SLOT_WIDTH for row in rows)
    if flow is not None and flow.may_grow(reached=reached):
        return Wait(THIN)
    if flow is not None and flow.is_thin:
        return Hold(THIN, proof)
    values: Mapping[str, float | Decimal] = _values(found, flow)
    try:
        return Send(form.measurement(values, slot), proof)
    except CannotSend as error:
        return Hold(error.reason, proof)


def _values(found: Mapping[str, Measured], flow: Flow | None) -> dict[str, float | Decimal]:
    values: dict[str, float | Decimal] = {name: row.value for name, row in found.items() if row.value is not None}
    mean = flow.mean.value if flow is not None else None
    return values if mean is None else values | {"flow": mean}
