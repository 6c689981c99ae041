"""A counter whose constant nobody gave: its readings are kept, and no volume is made of them."""

from collections.abc import Iterator

from telemetry_service.sources.findings.evidence import Evidence
from telemetry_service.sources.findings.finding import Finding, warning


def no_meter(evidence: Evidence) -> Iterator[Finding]:
    counter = evidence.key_of("total") or evidence.key_of("pulses")
    if counter is not None and evidence.m3_per_count is None:
        yield warning(
            "no_pulse_constant",
            evidence.field_of(counter),
            "el punto no tiene constante de pulsos: no se calculará volumen",
            "pulse_constants.total en la configuración del punto",
        )
