"""What the detectors found lately, and faults that a person confirmed: these hold as long as the configuration says."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from telemetry_service.alerts.kinds import Kind
from telemetry_service.alerts.signs import Key, Sign
from telemetry_service.measurements.fields import iso
from telemetry_service.points.queries import ConfigVersion, version_at
from telemetry_service.process.detectors.finding import Finding
from telemetry_service.process.instants import instant

WINDOW = timedelta(days=14)
# So long after it was last seen a finding is news; what is older was seen, and its alert is over.
LATELY = timedelta(days=3)
# What a finding doubts, and what is marked where a person confirms it.
DOUBTED = {
    Kind.UNIT_SLIP: "flow",
    Kind.PULSE_FACTOR: "total",
    Kind.TENTH_SCALE: "total",
    Kind.FROZEN_COUNTER: "total",
    Kind.FLOW_TOTAL: "flow",
    Kind.LEVEL_TOTAL: "total",
    Kind.ZERO_TOTAL: "total",
    Kind.LEVEL_MAX: "level",
}


def signs_of_faults(
    point_id: UUID, findings: Iterable[Finding], versions: Sequence[ConfigVersion], *, now: datetime
) -> list[Sign]:
    """The newest finding of a kind speaks for those before it."""
    found = {one.key: one for one in _confirmed(point_id, versions, now)}
    for finding in sorted(findings, key=lambda one: one.last):
        if now - instant(finding.last) <= LATELY:
            sign = _of_finding(point_id, finding, versions, now)
            found[sign.key] = sign
    return list(found.values())


def remedy_of(kind: Kind, since: datetime) -> dict[str, Any] | None:
    """What a person enters in Core to confirm a finding: a configuration with a date, and nothing sooner than that."""
    variable = DOUBTED.get(kind)
    if variable is None:
        return None
    return {"config": {"faults": {variable: kind.value}}, "config_valid_from": iso(since)}


def _of_finding(point_id: UUID, finding: Finding, versions: Sequence[ConfigVersion], now: datetime) -> Sign:
    kind, first, last = Kind(finding.name), instant(finding.first), instant(finding.last)
    version = version_at(versions, last)
    evidence = {
        "window": {"from": iso(now - WINDOW), "to": iso(now)},
        "first": iso(first),
        "last": iso(last),
        "seen": _number(finding.seen),
        "expected": _number(finding.expected),
        "config_version": version.version if version else None,
        "confirmed": False,
    }
    return Sign(Key(point_id, DOUBTED[kind], kind), first, f"{finding.says[0].upper()}{finding.says[1:]}.", evidence)


def _confirmed(point_id: UUID, versions: Sequence[ConfigVersion], now: datetime) -> Iterable[Sign]:
    version = version_at(versions, now)
    faults: Mapping[str, str] = (version.config.get("faults") or {}) if version else {}
    for variable, name in faults.items():
        if version and name in Kind.values():
            since = version.valid_from or datetime.fromtimestamp(0, now.tzinfo)
            says = f"Una persona confirmó la falla: «{variable}» queda como dudosa mientras la configuración lo diga."
            evidence = {"config_version": version.version, "confirmed": True}
            yield Sign(Key(point_id, variable, Kind(name)), since, says, evidence)


def _number(value: float) -> float | None:
    """JSON knows no NaN."""
    return None if value != value else value
