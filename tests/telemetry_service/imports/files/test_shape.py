"""A file is what its bytes say."""

from collections.abc import Callable
from io import BytesIO

import pytest

from shared.errors import InvalidInput
from telemetry_service.imports.files.table import shape_of

Csv = Callable[..., BytesIO]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_what_separates_the_columns_is_found(csv_file: Csv, delimiter: str) -> None:
    lines = [delimiter.join(("fecha", "caudal", "nota")), delimiter.join(("2024-03-25 10:00", "12.5", "a"))]
    assert shape_of(csv_file(*lines)).delimiter == delimiter


def test_a_decimal_comma_is_not_taken_for_the_separator(csv_file: Csv) -> None:
    assert shape_of(csv_file("fecha;caudal", "25-03-2024 10:00;12,5", "25-03-2024 11:00;1,5")).delimiter == ";"


def test_a_separator_inside_of_quotes_is_text(csv_file: Csv) -> None:
    assert shape_of(csv_file("fecha,nota,caudal", '2024-03-25 10:00,"a;b;c",1')).delimiter == ","


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8-sig"), ("utf-8-sig", "utf-8-sig"), ("latin-1", "cp1252"), ("cp1252", "cp1252"),
     ("utf-16", "utf-16")],
)  # fmt: skip
def test_the_encoding_is_found(csv_file: Csv, encoding: str, found: str) -> None:
    assert shape_of(csv_file("medición;caudal", "año;1", encoding=encoding)).encoding == found


def test_a_plain_text_is_utf_8(csv_file: Csv) -> None:
    assert shape_of(csv_file("a;b", "1;2", encoding="ascii")).encoding == "utf-8-sig"


def test_an_encoding_that_the_bytes_are_not_is_refused(csv_file: Csv) -> None:
    with pytest.raises(InvalidInput, match="no son texto en utf-8"):
        shape_of(csv_file("medición;caudal", encoding="latin-1"), encoding="utf-8")


def test_a_late_byte_counts_too() -> None:
    """Two megabytes of plain text, and one accent of another encoding at the end."""
    body = b"fecha;caudal\n" + b"2024-03-25 10:00;1\n" * 120_000 + "año;1\n".encode("latin-1")
    assert shape_of(BytesIO(body)).encoding == "cp1252"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "vacío"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel antiguo"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "no es un archivo de texto"),
        (b"%PDF-1.7\n\x00\x01\x02", "no es un archivo de texto"),
        (b"fecha\n2024-03-25\n", "no se reconoce qué separa"),
        (b"\n\n\n", "no se reconoce qué separa"),
    ],
)
def test_what_is_no_table_is_refused(body: bytes, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        shape_of(BytesIO(body))
