"""After a rise that no pipe carries, what goes on from there goes on being doubtful.

Before `continuation`: with time, any rise becomes possible counted from the last reading that was believed.
"""

from telemetry_service.process.counter import Step, Verdict, continues


def pending_rise(step: Step) -> Verdict | None:
    if step.pending and step.pending_rises and continues(step.pending, step):
        return Verdict.JOINS
    refused, base = step.counter.refused, step.counter.base
    if refused and base and refused.counts > base.counts and continues(refused, step):
        return Verdict.REFUSED
    return None
