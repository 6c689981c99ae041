"""50,000 → 12 → 15 → 19 …: a new meter or a reset, if enough readings go on from there; a glitch if they do not."""

from telemetry_service.process.counter import Step, Verdict, continues, is_noise


def replacement(step: Step) -> Verdict:
    if step.pending and continues(step.pending, step):
        return Verdict.JOINS
    if step.pending and is_noise(step.pending, step):
        return Verdict.JOINS_AS_NOISE
    return Verdict.STARTS
