"""What may leave of an hour. Plain Python: no clock, no database."""

from collections.abc import Sequence
from datetime import datetime

from compliance_service.authorities.dga.forms import Form
from compliance_service.authorities.judgement import CannotSend, Decision, Hold, Measured, Send, Wait, doubt, evidence
from compliance_service.authorities.judgement import sample as sample_of


def decide(slot: datetime, rows: Sequence[Measured], form: Form) -> Decision:
    """`rows`: what is measured of the point around the slot. Only good values of all that the form wants may leave.

    What may be empty is, where it was not measured; where it was and is doubtful, a person decides.
    """
    sample = {variable: sample_of(slot, variable, rows) for variable in (*form.variables, *form.optional)}
    found = {variable: row for variable, row in sample.items() if row is not None}
    if not found:
        return Wait("no_data")
    proof = {variable: evidence(row) for variable, row in found.items()}
    doubts = [reason for row in found.values() if (reason := doubt(row))]
    if doubts:
        return Hold(doubts[0], proof)
    missing = [variable for variable in form.variables if variable not in found]
    if missing:
        return Wait(f"no_{missing[0]}")
    try:
        values = {variable: row.value for variable, row in found.items() if row.value is not None}
        return Send(form.measurement(values, slot), proof)
    except CannotSend as error:
        return Hold(error.reason, proof)
