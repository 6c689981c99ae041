"""A value below zero where there is none: loggers of TagoIO report their state so (-2, -5, -3200)."""

from collections.abc import Iterator

from telemetry_service.sources.findings.evidence import Evidence
from telemetry_service.sources.findings.finding import Finding, warning

NEVER_NEGATIVE = frozenset({"flow", "level", "total", "pulses", "ph", "conductivity", "turbidity"})


def negative(evidence: Evidence) -> Iterator[Finding]:
    for key, variable in evidence.variables.items():
        numbers = evidence.numbers(key)
        if variable in NEVER_NEGATIVE and numbers and numbers[-1].value < 0:
            problem = f"«{key}» vale {numbers[-1].value:g}: puede ser un código de estado del registrador"
            yield warning("status_code", evidence.field_of(key), problem, "un valor de cero o más")
