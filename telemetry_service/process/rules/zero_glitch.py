"""50,000 → 0 → 0 → 50,100: an outage. A counter that stood at something does not read exactly nothing."""

from telemetry_service.process.counter import Step, Verdict


def zero_glitch(step: Step) -> Verdict | None:
    if step.counts != 0:
        return None
    base, meter_from = step.counter.base, step.counter.meter_from
    # Zero is believed where a meter was entered as new, or was at zero before.
    opens_a_known_meter = base is None and meter_from is not None
    return None if opens_a_known_meter or (base and base.counts == 0) else Verdict.ZERO
