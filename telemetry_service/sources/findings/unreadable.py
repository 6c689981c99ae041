"""Some of what came has a value or a time that nobody can read."""

from collections.abc import Iterator

from telemetry_service.sources.findings.evidence import Evidence
from telemetry_service.sources.findings.finding import Finding, warning


def unreadable(evidence: Evidence) -> Iterator[Finding]:
    tried = evidence.tried
    count = tried.latest.unreadable + tried.history.unreadable
    if count and tried.failure is None:
        trouble = tried.latest.trouble or tried.history.trouble
        problem = f"{count} registros ilegibles: {trouble}"
        yield warning("unreadable_records", "provider.config.extract", problem, "que la configuración sepa leerlos")
