"""A key that the device has not got, by the provider's own word."""

from collections.abc import Collection, Iterator

from telemetry_service.sources.findings.evidence import Evidence
from telemetry_service.sources.findings.finding import Finding, blocking

MOST_SHOWN = 40


def unknown_key(evidence: Evidence) -> Iterator[Finding]:
    seen = evidence.newest
    for key in evidence.variables:
        offered = evidence.tried.offered.get(key)
        if offered is not None and key not in seen and key.lower() not in {one.lower() for one in offered}:
            yield blocking("unknown_key", evidence.field_of(key), f"el dispositivo no tiene «{key}»", _listed(offered))


def _listed(offered: Collection[str]) -> str:
    names = sorted(offered)
    more = f" y {len(names) - MOST_SHOWN} más" if len(names) > MOST_SHOWN else ""
    return f"una de: {', '.join(names[:MOST_SHOWN])}{more}" if names else "un dispositivo que haya enviado algo"
