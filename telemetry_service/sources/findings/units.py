"""The provider's own word on the unit is none that we know."""

from collections.abc import Iterator

from telemetry_service.raw.units import UNITS, ratio_to_ours
from telemetry_service.sources.findings.evidence import Evidence
from telemetry_service.sources.findings.finding import Finding, warning


def unknown_unit(evidence: Evidence) -> Iterator[Finding]:
    for key, reading in evidence.newest.items():
        variable = evidence.variables[key]
        if ratio_to_ours(variable, reading.unit) is None:
            known = ", ".join(UNITS[variable])
            problem = f"«{key}» viene en «{reading.unit}», que no se conoce para {variable}"
            yield warning("unknown_unit", evidence.field_of(key), problem, f"una de: {known}")
