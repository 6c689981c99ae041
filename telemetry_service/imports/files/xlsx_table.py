"""The rows of a sheet of an XLSX, read one by one with openpyxl.

An XLSX is a ZIP of XML: sizes are asked of the ZIP's directory before anything is unpacked, and Python's zipfile never
unpacks more than the directory says.
"""

import warnings
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from shared.errors import InvalidInput, invalid
from telemetry_service.imports.files.cells import Cell, Formula, Row
from telemetry_service.imports.files.shape import Shape

MOST_UNPACKED = 300 * 1024 * 1024
MOST_RATIO = 150  # a sheet packs to a tenth or a thirtieth; a bomb to a thousandth
MOST_WHOLE = 64 * 1024 * 1024  # what openpyxl holds in memory as a whole: texts, styles
MOST_MEMBERS = 2000
MOST_COLUMNS = 200
LAST_ROW = 1_048_576
TOGETHER = 500
SHEETS = "xl/worksheets/"
SAVE_AGAIN = "ábralo en Excel y guárdelo como «Libro de Excel (.xlsx)»"


def shape_of_book(stream: IO[bytes]) -> Shape:
    """Raises InvalidInput for what is no XLSX, hides a program, or is too large to unpack."""
    _check_package(stream)
    with _opened(stream) as book:
        return Shape("xlsx", sheets=tuple(sheet.title for sheet in book.worksheets))


def xlsx_rows(stream: IO[bytes], shape: Shape, sheet: str = "") -> Generator[Row, None, None]:
    """Every row that is not blank, of the sheet named, or the first."""
    chosen = sheet or shape.sheets[0]
    if chosen not in shape.sheets:
        raise invalid("mapping.file.sheet", "no existe esa hoja", received=sheet, expected=", ".join(shape.sheets))
    with _opened(stream) as book:
        found = book[chosen]
        found.reset_dimensions()  # what a file says of its own size need not be true
        rows = found.iter_rows(values_only=True, max_col=MOST_COLUMNS)
        try:
            yield from _numbered(rows)
        except InvalidInput:
            raise
        except Exception as error:
            # openpyxl lets whatever its XML broke come through: KeyError, ValueError, ParseError, …
            raise _unreadable(error) from error


def _numbered(rows: Iterator[tuple[Any, ...]]) -> Iterator[Row]:
    for number, values in enumerate(_quietly(rows), start=1):
        if number > LAST_ROW:
            raise invalid("file", "tiene más filas de las que caben en una hoja", expected=f"hasta {LAST_ROW}")
        if any(value is not None and value != "" for value in values):
            yield Row(number, _trimmed([_cell(value) for value in values]))


def _quietly(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """openpyxl warns of what it makes of an odd cell; the cell's verdict says it to whom it concerns."""
    while True:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            piece = list(islice(rows, TOGETHER))
        if not piece:
            return
        yield from piece


def _trimmed(cells: list[Cell]) -> tuple[Cell, ...]:
    while cells and cells[-1] is None:
        cells.pop()
    return tuple(cells)


def _cell(value: Any) -> Cell:
    if isinstance(value, str):
        return Formula(value) if value.startswith("=") else value
    if value is None or isinstance(value, int | float | datetime | date | time | timedelta):
        return value
    return Formula(str(getattr(value, "text", value)))


@contextmanager
def _opened(stream: IO[bytes]) -> Iterator[Any]:
    stream.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pictures and the like, which nobody reads here
            book = load_workbook(stream, read_only=True, keep_links=False)
    except Exception as error:
        raise _unreadable(error) from error
    with closing(book):
        yield book


def _check_package(stream: IO[bytes]) -> None:
    stream.seek(0)
    try:
        with ZipFile(stream) as package:
            members = {member.filename: member for member in package.infolist()}
            types = package.read("[Content_Types].xml") if _small(members.get("[Content_Types].xml")) else b""
    except (BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError) as error:
        raise _unreadable(error) from error
    if b"macroEnabled" in types or any("vbaProject" in name for name in members):
        raise invalid("file", "contiene macros", expected="guárdelo como .xlsx, sin macros")
    if b"spreadsheetml" not in types or not any(name.startswith(SHEETS) for name in members):
        raise invalid("file", "es un ZIP pero no un XLSX", expected=SAVE_AGAIN)
    _check_sizes(members)


def _small(member: Any) -> bool:
    return member is not None and member.file_size < 1024 * 1024


def _check_sizes(members: dict[str, Any]) -> None:
    unpacked = sum(member.file_size for member in members.values())
    packed = sum(member.compress_size for member in members.values()) or 1
    whole = sum(member.file_size for name, member in members.items() if not name.startswith(SHEETS))
    is_bomb = unpacked > 1024 * 1024 and unpacked / packed > MOST_RATIO
    if is_bomb or unpacked > MOST_UNPACKED or whole > MOST_WHOLE or len(members) > MOST_MEMBERS:
        problem = f"al descomprimirse ocuparía {unpacked // 2**20} MB ({unpacked // packed} veces su tamaño)"
        raise invalid("file", problem, expected="un libro sin imágenes ni datos ajenos, o un CSV")


def _unreadable(error: Exception) -> Exception:
    kind = error.__class__.__name__ if not isinstance(error, InvalidFileException) else "formato"
    return invalid("file", f"no se puede leer como XLSX ({kind})", expected=SAVE_AGAIN)
