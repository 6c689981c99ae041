"""The counter goes on from the last reading that was believed, no faster than the pipe carries."""

from telemetry_service.process.counter import Step, Verdict, continues


def continuation(step: Step) -> Verdict | None:
    base = step.counter.base
    if base is None:
        # The first reading of a meter that a person or the configuration declared.
        return Verdict.CONTINUES if step.counter.meter_from else None
    return Verdict.CONTINUES if continues(base, step) else None
