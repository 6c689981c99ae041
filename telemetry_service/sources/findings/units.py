"""The provider's own word on the unit is none that we know."""

from collections.abc import Iterator

from telemetry_service.raw.units import refusal, units_of
from telemetry_service.sources.findings.evidence import Evidence
from telemetry_service.sources.findings.finding import Finding, warning


def unknown_unit(evidence: Evidence) -> Iterator[Finding]:
    for key, reading in evidence.newest.items():
        variable = evidence.variables[key]
        problem = refusal(variable, reading.unit)
        if problem:
            known = ", ".join(units_of(variable))
            yield warning("unknown_unit", evidence.field_of(key), f"«{key}»: {problem}", f"una de: {known}")
