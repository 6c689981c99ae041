"""A totaliser that went back: a reset, another meter, or two feeds of one counter under one key."""

from collections.abc import Iterator
from itertools import pairwise

from telemetry_service.sources.findings.evidence import Evidence
from telemetry_service.sources.findings.finding import Finding, warning

COUNTERS = ("total", "pulses")


def backwards(evidence: Evidence) -> Iterator[Finding]:
    for key in (key for key, variable in evidence.variables.items() if variable in COUNTERS):
        numbers = evidence.numbers(key)
        falls = [(early, late) for early, late in pairwise(numbers) if 0 <= late.value < early.value]
        if falls:
            early, late = falls[0]
            problem = f"«{key}» baja {len(falls)} veces: de {early.value:g} a {late.value:g} a las {late.at:%H:%M} UTC"
            yield warning("total_backwards", evidence.field_of(key), problem, "un totalizador que solo avance")
