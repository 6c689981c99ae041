"""A piece of the file: its rows are read and put down, and its part of the result file is written."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from telemetry_service.imports.files.cells import Row
from telemetry_service.imports.mapping.rows import Problem, RowReader, Slot, Value
from telemetry_service.imports.modes import Judged, Verdict
from telemetry_service.imports.put import result
from telemetry_service.imports.put.putter import Putter

ROWS = 2000
Seen = Callable[[Row, Sequence[Slot], Sequence[Judged | None]], None]


@dataclass(frozen=True, slots=True)
class Absorbed:
    rows: int
    first_row: int
    last_row: int
    counts: Counter[str]
    text: str  # its lines of the result file


def absorb(
    rows: Sequence[Row], *, reader: RowReader, putter: Putter, delimiter: str, seen: Seen | None = None
) -> Absorbed:
    """Inside a transaction. `seen` is told of every row and what became of it."""
    slots = [reader.read(row) for row in rows]
    values = [slot for of_row in slots for slot in of_row if isinstance(slot, Value)]
    judged = iter(putter.put(values, rows=(rows[0].number, rows[-1].number)))
    lines, counts = [], Counter[str]()
    for row, of_row in zip(rows, slots, strict=True):
        verdicts = [next(judged) if isinstance(slot, Value) else _of_problem(slot) for slot in of_row]
        counts.update(one.verdict.value for one in verdicts if one)
        lines.append(result.line(row, verdicts))
        if seen:
            seen(row, of_row, verdicts)
    text = result.written(lines, delimiter=delimiter)
    return Absorbed(len(rows), rows[0].number, rows[-1].number, counts, text)


def _of_problem(slot: Problem | None) -> Judged | None:
    if slot is None:
        return None
    where = f"{slot.column}: " if slot.column else ""
    return Judged(Verdict.REJECTED, f"{where}{slot.problem} ⇒ {slot.expected}")
