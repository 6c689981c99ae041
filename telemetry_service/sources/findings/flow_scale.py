"""The flow against the advance of the totaliser: m³/h taken for L/s is 3.6 times too high, litres for m³ a thousand."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from telemetry_service.sources.findings.evidence import Evidence, Number
from telemetry_service.sources.findings.finding import Finding, warning

# What the flow says over what the counter says, and what that looks like.
SUSPICIONS = (
    (3.6, "m³/h leídos como L/s"),
    (1 / 3.6, "L/s leídos como m³/h"),
    (1000.0, "la constante de pulsos mil veces menor, o el caudal en mL/s"),
    (1 / 1000, "litros leídos como m³, o la constante de pulsos mil veces mayor"),
)
TOLERANCE = 0.15
ENOUGH = 6
LITRES = 1000


def flow_scale(evidence: Evidence) -> Iterator[Finding]:
    flow, counter = evidence.key_of("flow"), evidence.key_of("total") or evidence.key_of("pulses")
    if flow is None or counter is None or evidence.m3_per_count is None:
        return
    counted = _litres(evidence.numbers(counter), float(evidence.m3_per_count))
    flowed = _flowed(evidence.numbers(flow), evidence.numbers(counter))
    if not counted or not flowed:
        return
    ratio = flowed / counted
    for factor, looks_like in SUSPICIONS:
        if abs(ratio / factor - 1) <= TOLERANCE:
            problem = f"el caudal da {ratio:.3g} veces lo que avanza el totalizador: {looks_like}"
            expected = "caudal en L/s, y la constante de pulsos del medidor"
            yield warning("flow_scale", evidence.field_of(flow), problem, expected)


def _litres(counts: Sequence[Number], m3_per_count: float) -> float | None:
    """What the counter advanced; None where it is too little to tell, or went back."""
    rises = [late.value - early.value for early, late in pairwise(counts)]
    if len(counts) < ENOUGH or min(rises) < 0 or sum(1 for rise in rises if rise > 0) < ENOUGH // 2:
        return None
    return sum(rises) * m3_per_count * LITRES


def _flowed(flows: Sequence[Number], counts: Sequence[Number]) -> float | None:
    """The flow summed over the counter's time, each value over the time that it ends."""
    if not counts:
        return None
    inside = [one for one in flows if counts[0].at <= one.at <= counts[-1].at]
    if len(inside) < ENOUGH:
        return None
    return sum(late.value * (late.at - early.at).total_seconds() for early, late in pairwise(inside))
