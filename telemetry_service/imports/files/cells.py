"""What a cell of a file may hold, and how it looks in the result file."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that is worked out: nobody measured it, and its last result may be older than the cells it reads."""

    text: str


Cell = str | int | float | bool | datetime | date | time | timedelta | Formula | None


class Row(NamedTuple):
    """`number` as a spreadsheet counts: the first row of the file is 1."""

    number: int
    cells: tuple[Cell, ...]


class CellProblem(Exception):
    """A cell cannot be used: what is wrong with it, and what would be right. In Spanish, for whoever sent it."""

    def __init__(self, problem: str, expected: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.expected = expected


def text_of(cell: Cell) -> str:
    """As the person saw it, as near as a text can be."""
    if cell is None:
        return ""
    if isinstance(cell, Formula):
        return cell.text
    if isinstance(cell, bool):
        return "VERDADERO" if cell else "FALSO"
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return cell if isinstance(cell, str) else str(cell)


def is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())
