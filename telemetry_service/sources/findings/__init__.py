"""What is wrong with a source, from what a dry run saw. One rule a file or a small table, all of them in order."""

from telemetry_service.sources.findings.backwards import backwards
from telemetry_service.sources.findings.evidence import Evidence
from telemetry_service.sources.findings.failure import failure
from telemetry_service.sources.findings.finding import Finding, Rule, Severity
from telemetry_service.sources.findings.flow_scale import flow_scale
from telemetry_service.sources.findings.frozen import frozen
from telemetry_service.sources.findings.magnitude import magnitude
from telemetry_service.sources.findings.meter import no_meter
from telemetry_service.sources.findings.negative import negative
from telemetry_service.sources.findings.no_data import no_data
from telemetry_service.sources.findings.not_asked import not_asked
from telemetry_service.sources.findings.pace import no_history, too_often
from telemetry_service.sources.findings.times import in_future, shifted, stale, without_zone
from telemetry_service.sources.findings.units import unknown_unit
from telemetry_service.sources.findings.unknown_key import unknown_key
from telemetry_service.sources.findings.unreadable import unreadable

RULES: tuple[Rule, ...] = (
    failure,
    too_often,
    unknown_key,
    no_data,
    unreadable,
    in_future,
    without_zone,
    shifted,
    stale,
    magnitude,
    unknown_unit,
    flow_scale,
    negative,
    backwards,
    frozen,
    no_history,
    not_asked,
    no_meter,
)


def find(evidence: Evidence) -> list[Finding]:
    """Everything that is wrong, those that keep the source from going live first."""
    found = [finding for rule in RULES for finding in rule(evidence)]
    return sorted(found, key=lambda one: one.severity is not Severity.BLOCKING)


__all__ = ["RULES", "Evidence", "Finding", "Severity", "find"]
