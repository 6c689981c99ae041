"""A device that says the same again and again while water runs, or a counter that stands still while it does."""

from collections.abc import Iterator, Sequence

from telemetry_service.sources.findings.evidence import Evidence, Number
from telemetry_service.sources.findings.finding import Finding, warning

ENOUGH = 12
COUNTERS = ("total", "pulses")


def frozen(evidence: Evidence) -> Iterator[Finding]:
    known = {key: evidence.numbers(key) for key in evidence.variables}
    still = [key for key, numbers in known.items() if _stands_still(numbers)]
    moving = [key for key, numbers in known.items() if len(numbers) >= ENOUGH and key not in still]
    flow = evidence.key_of("flow")
    if flow is None or not known[flow] or known[flow][-1].value <= 0:
        return  # a stopped pump says the same for days, and is well
    if still and not moving:
        problem = f"las últimas {ENOUGH} lecturas son todas iguales, con agua corriendo"
        yield warning("device_frozen", "params", problem, "lecturas que cambien")
    for counter in (key for key in still if evidence.variables[key] in COUNTERS and flow in moving):
        problem = f"«{counter}» no avanza mientras «{flow}» corre"
        yield warning("counter_frozen", evidence.field_of(counter), problem, "un totalizador que avance con el caudal")


def _stands_still(numbers: Sequence[Number]) -> bool:
    last = numbers[-ENOUGH:]
    return len(last) == ENOUGH and len({one.value for one in last}) == 1
