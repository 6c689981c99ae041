"""The result file: every row as it came, and what became of each of its readings."""

import csv
from collections.abc import Sequence
from io import StringIO

from telemetry_service.imports.files.cells import Row, text_of
from telemetry_service.imports.modes import Judged

BOM = "\ufeff"  # without it Excel reads the accents wrong
# A spreadsheet would work these out: a cell of somebody's file may be a program.
STARTS_FORMULA = ("=", "@", "+", "-", "\t", "\r")


def head(titles: Sequence[str], columns: Sequence[str], *, delimiter: str) -> str:
    """`columns` are those of values: a verdict and a reason for each, named where there are several."""
    several = len(columns) > 1
    verdicts = [f"{what} {column}" if several else what for column in columns for what in ("veredicto", "motivo")]
    return BOM + written([["fila", *verdicts, *titles]], delimiter=delimiter)


def line(row: Row, verdicts: Sequence[Judged | None]) -> list[str]:
    """None is a blank cell: no reading, no verdict."""
    said = [part for one in verdicts for part in ((one.verdict.value, one.reason) if one else ("", ""))]
    return [str(row.number), *said, *(harmless(text_of(cell)) for cell in row.cells)]


def harmless(text: str) -> str:
    """As text for a spreadsheet, numbers excepted."""
    if not text.startswith(STARTS_FORMULA) or _is_number(text):
        return text
    return f"'{text}"


def written(lines: Sequence[Sequence[str]], *, delimiter: str) -> str:
    out = StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\r\n").writerows(lines)
    return out.getvalue()


def _is_number(text: str) -> bool:
    return text[1:].replace(".", "").replace(",", "").isdecimal()
