"""The rows of a CSV, one after the other: the whole file is never in memory."""

import csv
from collections.abc import Generator
from io import TextIOWrapper
from typing import IO

from shared.errors import invalid
from telemetry_service.imports.files.cells import Row
from telemetry_service.imports.files.shape import Shape


def csv_rows(stream: IO[bytes], shape: Shape) -> Generator[Row, None, None]:
    """Every row that is not blank. Raises InvalidInput in the middle where the file cannot be read on."""
    stream.seek(0)
    text = TextIOWrapper(stream, shape.encoding, newline="")
    reader = csv.reader(text, delimiter=shape.delimiter)
    number = 0
    try:
        for cells in reader:
            number += 1
            if any(cell.strip() for cell in cells):
                yield Row(number, tuple(cells))
    except (csv.Error, UnicodeError) as error:
        problem = f"no se puede leer más allá de la fila {number + 1}"
        expected = "unas comillas que se abren y no se cierran suelen ser la causa"
        raise invalid("file", problem, received=str(error), expected=expected) from error
    finally:
        text.detach()
