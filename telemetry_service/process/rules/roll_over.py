"""99,999,990 → 12 with 8 digits: the counter went round, the volume goes on."""

from telemetry_service.process.counter import Step, Verdict, most_counts


def roll_over(step: Step) -> Verdict | None:
    base, modulus = step.counter.base, step.metering.modulus
    if base is None or modulus is None or step.counts >= base.counts:
        return None
    return Verdict.ROLLS_OVER if modulus - base.counts + step.counts <= most_counts(base, step) else None
