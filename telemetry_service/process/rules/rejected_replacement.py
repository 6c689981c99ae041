"""A person said that this run is no new meter: what goes on from it is not proposed again."""

from telemetry_service.process.counter import Step, Verdict, continues, is_noise


def rejected_replacement(step: Step) -> Verdict | None:
    refused = step.counter.refused
    return Verdict.REFUSED if refused and (continues(refused, step) or is_noise(refused, step)) else None
