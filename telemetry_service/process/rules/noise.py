"""50,000 → 49,990 → 50,010: a drop of less than 1 % is noise, never a reset."""

from telemetry_service.process.counter import Step, Verdict, is_noise


def noise(step: Step) -> Verdict | None:
    base = step.counter.base
    return Verdict.NOISE if base and is_noise(base, step) else None
