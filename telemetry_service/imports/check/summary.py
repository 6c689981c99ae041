"""What a check has seen so far: counts, the first problems, and of each variable of a point its range and its gaps."""

from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any
from uuid import UUID

from telemetry_service.imports.files.cells import Row
from telemetry_service.imports.mapping.rows import Problem, Slot, Value
from telemetry_service.imports.modes import Judged, Verdict
from telemetry_service.measurements.fields import iso
from telemetry_service.process.readings import number_in
from telemetry_service.raw.units import converted, ratio_to_ours

MOST_PROBLEMS = 50
MOST_GAPS = 20
MOST_LINES = 500
LONG_STEP = 1.5  # of the usual step: from here on something is missing
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
QUIET = (Verdict.STORED, Verdict.DUPLICATE)


@dataclass(slots=True)
class Span:
    """The readings of one variable of a point in the file. Times are kept as whole microseconds: eight bytes each."""

    code: str
    counts: Counter[str] = field(default_factory=Counter)
    times: "array[int]" = field(default_factory=lambda: array("q"))
    lowest: Decimal | None = None
    highest: Decimal | None = None

    def add(self, value: Value, judged: Judged) -> None:
        self.counts[judged.verdict.value] += 1
        self.times.append((value.at - EPOCH) // MICROSECOND)
        number = in_our_unit(value.variable, value.text, value.unit)
        if number is not None:
            self.lowest = number if self.lowest is None else min(self.lowest, number)
            self.highest = number if self.highest is None else max(self.highest, number)

    def shown(self) -> dict[str, Any]:
        times = sorted(set(self.times))
        steps = sorted(later - earlier for earlier, later in pairwise(times))
        usual = steps[len(steps) // 2] if steps else 0
        gaps = [(a, b) for a, b in pairwise(times) if b - a > usual * LONG_STEP]
        return {
            "counts": dict(self.counts),
            "first": _iso(times[0]),
            "last": _iso(times[-1]),
            "lowest": plain(self.lowest),
            "highest": plain(self.highest),
            "step_s": usual / 1_000_000,
            "gaps": len(gaps),
            "first_gaps": [
                {"from": _iso(a), "to": _iso(b), "missing": (b - a) // usual - 1} for a, b in gaps[:MOST_GAPS]
            ],
        }


@dataclass(slots=True)
class Summary:
    columns: Sequence[str]  # of values, in the order of the slots
    rows: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    blank: int = 0
    problems: list[dict[str, Any]] = field(default_factory=list)
    found: int = 0  # problems, those that are not shown too
    spans: dict[tuple[UUID, str], Span] = field(default_factory=dict)

    def add(self, row: Row, slots: Sequence[Slot], verdicts: Sequence[Judged | None]) -> None:
        self.rows += 1
        said = set()
        for column, slot, judged in zip(self.columns, slots, verdicts, strict=True):
            if judged is None:
                self.blank += 1
                continue
            self.counts[judged.verdict.value] += 1
            if isinstance(slot, Value):
                span = self.spans.setdefault((slot.point.id, slot.variable), Span(slot.point.code))
                span.add(slot, judged)
            # What spoils a whole row is one problem, not one for each of its columns.
            if judged.verdict not in QUIET and slot not in said:
                said.add(slot)
                self._note(row, column, slot, judged)

    def _note(self, row: Row, column: str, slot: Slot, judged: Judged) -> None:
        self.found += 1
        if len(self.problems) >= MOST_PROBLEMS:
            return
        where: dict[str, Any] = {"row": row.number, "verdict": judged.verdict.value}
        if isinstance(slot, Problem):
            said = {
                "column": slot.column,
                "problem": slot.problem,
                "received": slot.received,
                "expected": slot.expected,
            }
        else:
            received = f"{slot.text} {slot.unit}".strip() if slot else ""
            said = {
                "column": column,
                "problem": judged.reason,
                "received": received,
                "expected": EXPECTED[judged.verdict],
            }
        self.problems.append(where | said)


EXPECTED = {
    Verdict.CONFLICT: "si el archivo tiene la razón, use «replace»",
    Verdict.LATE: "para completar el pasado use «insert» o «backfill»",
    Verdict.REJECTED: "para agregar lo nuevo use «insert» o «append»",
}


def in_our_unit(variable: str, text: str, unit: str) -> Decimal | None:
    number, ratio = number_in(text), ratio_to_ours(variable, unit)
    return None if number is None or ratio is None else converted(number, ratio)


def plain(number: Decimal | None) -> str | None:
    """Without zeros at the end, nor an exponent."""
    if number is None:
        return None
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _iso(microseconds: int) -> str:
    return iso(EPOCH + timedelta(microseconds=microseconds))
