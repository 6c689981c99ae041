"""Files as people send them, made in memory."""

from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook


@pytest.fixture
def csv_file() -> Callable[..., BytesIO]:
    def make(*lines: str, encoding: str = "utf-8") -> BytesIO:
        return BytesIO("\r\n".join([*lines, ""]).encode(encoding))

    return make


@pytest.fixture
def xlsx_file() -> Callable[..., BytesIO]:
    """`sheets`: titles and rows; or the rows of the only sheet."""

    def make(*rows: Sequence[Any], **sheets: Iterable[Sequence[Any]]) -> BytesIO:
        book = Workbook()
        book.remove(book.active)
        for title, content in (sheets or {"Hoja1": rows}).items():
            sheet = book.create_sheet(title)
            for row in content:
                sheet.append(list(row))
        stream = BytesIO()
        book.save(stream)
        stream.seek(0)
        return stream

    return make
