"""How often the source asks, against what the provider allows and what it keeps."""

from collections.abc import Iterator

from telemetry_service.sources.findings.evidence import Evidence
from telemetry_service.sources.findings.finding import Finding, blocking, warning


def too_often(evidence: Evidence) -> Iterator[Finding]:
    if evidence.period < evidence.min_period:
        problem = f"pregunta cada {evidence.period.total_seconds():.0f} s, y el proveedor lo prohíbe"
        yield blocking("period_below_minimum", "period_s", problem, f"{evidence.min_period.total_seconds():.0f} o más")


def no_history(evidence: Evidence) -> Iterator[Finding]:
    if not evidence.is_asked or evidence.tried.has_history or evidence.tried.failure is not None:
        return
    problem = "el proveedor solo da el último valor: lo que falte en una caída quedará sin dato"
    yield warning("no_history", "provider", problem, "un proveedor con historial, o una segunda fuente de respaldo")
    if evidence.cadence < evidence.period:
        yield warning(
            "asks_too_seldom",
            "period_s",
            f"el dispositivo mide cada {evidence.cadence.total_seconds():.0f} s y solo se pregunta el último valor",
            f"{evidence.cadence.total_seconds():.0f} o menos",
        )
