"""A device that speaks by itself cannot be asked: its first message is the test."""

from collections.abc import Iterator

from telemetry_service.sources.findings.evidence import Evidence
from telemetry_service.sources.findings.finding import Finding, warning


def not_asked(evidence: Evidence) -> Iterator[Finding]:
    if not evidence.is_asked:
        problem = "el dispositivo envía por sí mismo: no se le puede preguntar"
        yield warning("not_asked", "provider", problem, "su primer mensaje, una vez activa la fuente")
