"""What kind of file it is: asked of its bytes, never of its name."""

import codecs
import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from typing import IO, Literal

from shared.errors import invalid

MOST_BYTES = 50 * 1024 * 1024
PIECE = 1 << 20
SAMPLE_ROWS = 50
DELIMITERS = (";", "\t", ",", "|")
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# What a text has none of: a picture, a PDF or a database has them in its first kilobyte.
CONTROLS = bytes(set(range(32)) - {0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x1A})
ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True, slots=True)
class Shape:
    """`delimiter` and `encoding` are of a CSV, `sheets` of an XLSX."""

    format: Literal["csv", "xlsx"]
    delimiter: str = ""
    encoding: str = ""
    sheets: tuple[str, ...] = ()


def format_of(stream: IO[bytes]) -> Literal["csv", "xlsx"]:
    """Raises InvalidInput for an empty file and for the spreadsheets of before 2007."""
    stream.seek(0)
    start = stream.read(8)
    stream.seek(0)
    if not start:
        raise invalid("file", "el archivo está vacío", expected="una cabecera y filas de datos")
    if start.startswith(OLD_EXCEL):
        problem = "es un Excel antiguo (.xls) o tiene contraseña"
        raise invalid("file", problem, expected="guárdelo como .xlsx sin contraseña, o como CSV")
    return "xlsx" if start.startswith(ZIP) else "csv"


def shape_of_text(stream: IO[bytes], *, encoding: str = "", delimiter: str = "") -> Shape:
    """What is given is checked, what is not is found out. Raises InvalidInput where it is no text of columns."""
    encoding = encoding or _find_encoding(stream)
    _check_encoding(stream, encoding)
    delimiter = delimiter or _find_delimiter(_first_lines(stream, encoding))
    return Shape("csv", delimiter, encoding)


def _find_encoding(stream: IO[bytes]) -> str:
    stream.seek(0)
    start = stream.read(1024)
    for mark, encoding in MARKS:
        if start.startswith(mark):
            return encoding
    return "utf-8-sig" if _decodes(stream, "utf-8") else "cp1252"


def _check_encoding(stream: IO[bytes], encoding: str) -> None:
    stream.seek(0)
    if not encoding.startswith("utf-16") and any(byte in CONTROLS for byte in stream.read(4096)):
        raise invalid("file", "no es un archivo de texto ni un XLSX", expected="CSV o XLSX")
    if not _decodes(stream, encoding):
        problem = f"sus bytes no son texto en {encoding}"
        raise invalid("file", problem, expected="guárdelo como CSV en UTF-8, o diga otra codificación")


def _decodes(stream: IO[bytes], encoding: str) -> bool:
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while piece := stream.read(PIECE):
            decoder.decode(piece)
        decoder.decode(b"", final=True)
    except UnicodeError:
        return False
    return True


def _first_lines(stream: IO[bytes], encoding: str) -> list[str]:
    stream.seek(0)
    text = TextIOWrapper(stream, encoding, newline="")
    try:
        return [line for _, line in zip(range(SAMPLE_ROWS), text, strict=False)]
    finally:
        text.detach()


def _find_delimiter(lines: Sequence[str]) -> str:
    """The one that gives most rows as many cells as the header; of two, the one that gives more cells."""
    found = max(DELIMITERS, key=lambda delimiter: _fit(lines, delimiter))
    if _fit(lines, found) == (0, 0):
        problem = "no se reconoce qué separa las columnas"
        raise invalid("file", problem, expected="columnas separadas por «;», «,» o tabulador, con cabecera")
    return found


def _fit(lines: Iterable[str], delimiter: str) -> tuple[int, int]:
    try:
        widths = [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return 0, 0
    if not widths or widths[0] < 2:
        return 0, 0
    return widths.count(widths[0]), widths[0]
