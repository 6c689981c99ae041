"""A value that its variable cannot have, or hardly ever has: the key is another variable's, or in another unit."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from telemetry_service.sources.findings.evidence import Evidence
from telemetry_service.sources.findings.finding import Finding, blocking, warning


class Range(NamedTuple):
    """What is possible anywhere, and what is usual at a work; in our unit."""

    possible: tuple[float, float]
    usual: tuple[float, float]
    unit: str


RANGES: Mapping[str, Range] = {
    "flow": Range((0, 1e6), (0, 600), "L/s"),
    "level": Range((0, 12_000), (0, 500), "m"),
    "water_table": Range((-1_000, 5_000), (-5, 600), "m"),
    "total": Range((0, 1e12), (0, 1e9), "lecturas del medidor"),
    "pulses": Range((0, 1e15), (0, 1e12), "pulsos"),
    "temperature": Range((-90, 400), (-10, 60), "°C"),
    "ph": Range((0, 14), (4, 11), "pH"),
    "conductivity": Range((0, 1e6), (0, 70_000), "µS/cm"),
    "turbidity": Range((0, 1e5), (0, 4_000), "NTU"),
}


def magnitude(evidence: Evidence) -> Iterator[Finding]:
    """Negative values are the logger's own word, see negative.py, where a variable has none."""
    for key, variable in evidence.variables.items():
        numbers, known = evidence.numbers(key), RANGES.get(variable)
        if known is None or not numbers:
            continue
        value = numbers[-1].value
        if value < 0 and known.possible[0] == 0:
            continue
        problem = f"«{key}» vale {value:g}, y es {variable}"
        if not known.possible[0] <= value <= known.possible[1]:
            yield blocking("magnitude_impossible", evidence.field_of(key), problem, _said(known.possible, known.unit))
        elif not known.usual[0] <= value <= known.usual[1]:
            yield warning("magnitude_unusual", evidence.field_of(key), problem, _said(known.usual, known.unit))


def _said(limits: tuple[float, float], unit: str) -> str:
    return f"de {limits[0]:g} a {limits[1]:g} {unit}"
