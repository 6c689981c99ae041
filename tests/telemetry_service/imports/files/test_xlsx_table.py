"""An XLSX is read as its cells are, and what only looks like one is refused."""

import zipfile
from collections.abc import Callable
from datetime import datetime
from io import BytesIO

import pytest
from openpyxl import Workbook

from shared.errors import InvalidInput
from telemetry_service.imports.files import xlsx_table
from telemetry_service.imports.files.cells import Formula, text_of
from telemetry_service.imports.files.table import rows_of, shape_of

Xlsx = Callable[..., BytesIO]
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
AT = datetime(2024, 3, 25, 10)  # noqa: DTZ001 a spreadsheet knows no zone


def rows(stream: BytesIO, sheet: str = "") -> list[tuple[int, tuple[object, ...]]]:
    with rows_of(stream, shape_of(stream), sheet=sheet) as found:
        return [tuple(row) for row in found]


def repacked(stream: BytesIO, change: dict[str, bytes]) -> BytesIO:
    """The same package with some of its members put in, or replaced."""
    out = BytesIO()
    with zipfile.ZipFile(stream) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in change:
                new.writestr(name, old.read(name))
        for name, body in change.items():
            new.writestr(name, body)
    out.seek(0)
    return out


def test_cells_come_as_what_they_are(xlsx_file: Xlsx) -> None:
    stream = xlsx_file(
        ["fecha", "caudal", "nota"], [], [AT, 12.5, None], [AT, 12, "texto"], ["25-03-2024", "12,5", True]
    )
    assert rows(stream) == [
        (1, ("fecha", "caudal", "nota")),
        (3, (AT, 12.5)),
        (4, (AT, 12, "texto")),
        (5, ("25-03-2024", "12,5", True)),
    ]


def test_a_formula_is_told_from_a_value(xlsx_file: Xlsx) -> None:
    assert rows(xlsx_file(["fecha", "caudal"], [AT, "=A1*3.6"]))[1][1][1] == Formula("=A1*3.6")


def test_the_first_sheet_or_the_one_that_is_named(xlsx_file: Xlsx) -> None:
    stream = xlsx_file(Pozo=[["fecha", "caudal"]], Otra=[["x", "y"]])
    assert shape_of(stream).sheets == ("Pozo", "Otra")
    assert rows(stream) == [(1, ("fecha", "caudal"))]
    assert rows(stream, "Otra") == [(1, ("x", "y"))]
    with pytest.raises(InvalidInput, match="no existe esa hoja") as caught:
        rows(stream, "Tercera")
    assert caught.value.errors[0].expected == "Pozo, Otra"


def test_cells_as_text_are_what_a_person_saw() -> None:
    said = [text_of(cell) for cell in (None, AT, 12.5, 12, True, False, Formula("=A1"), "x")]
    assert said == ["", "2024-03-25 10:00:00", "12.5", "12", "VERDADERO", "FALSO", "=A1", "x"]


def test_a_date_of_1904_is_the_same_day() -> None:
    from openpyxl.utils.datetime import MAC_EPOCH

    book, stream = Workbook(), BytesIO()
    book.epoch = MAC_EPOCH
    book.active.append([AT])
    book.save(stream)
    assert rows(stream)[0][1] == (AT,)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"xl/vbaProject.bin": b"program"}, "contiene macros"),
        ({"[Content_Types].xml": b"<Types>application/vnd.ms-excel.sheet.macroEnabled.main+xml</Types>"}, "macros"),
        ({"[Content_Types].xml": b"<Types>wordprocessingml</Types>"}, "no un XLSX"),
        ({"xl/workbook.xml": b"<broken"}, "no se puede leer como XLSX"),
        ({"xl/sharedStrings.xml": b"<sst>" + b"a" * 65 * 2**20 + b"</sst>"}, "descomprimirse"),
        ({"xl/worksheets/sheet1.xml": b"<worksheet>" + b"\0" * 20 * 2**20 + b"</worksheet>"}, "descomprimirse"),
        ({f"xl/media/{n}.png": b"x" for n in range(2001)}, "descomprimirse"),
    ],
)
def test_a_dangerous_or_broken_book_is_refused(xlsx_file: Xlsx, change: dict[str, bytes], said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        rows(repacked(xlsx_file(["fecha", "caudal"]), change))


def test_a_sheet_that_breaks_in_the_middle_says_so(xlsx_file: Xlsx) -> None:
    body = f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1">'.encode()
    with pytest.raises(InvalidInput, match="no se puede leer como XLSX"):
        rows(repacked(xlsx_file(["fecha"]), {"xl/worksheets/sheet1.xml": body}))


def test_entities_do_not_multiply(xlsx_file: Xlsx) -> None:
    """Ten letters that would be ten thousand million."""
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    sheet = f'<worksheet xmlns="{MAIN}"><sheetData><row r="1"><c r="A1"><v>&e9;</v></c></row></sheetData></worksheet>'
    body = f'<!DOCTYPE x [<!ENTITY e0 "0123456789">{levels}]>{sheet}'
    with pytest.raises(InvalidInput, match="no se puede leer como XLSX"):
        rows(repacked(xlsx_file(["fecha"]), {"xl/worksheets/sheet1.xml": body.encode()}))


def test_a_row_far_below_ends_the_reading(xlsx_file: Xlsx, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_table, "LAST_ROW", 10_000)
    body = (
        f'<worksheet xmlns="{MAIN}"><sheetData>'
        '<row r="900000000"><c r="A900000000"><v>1</v></c></row></sheetData></worksheet>'
    )
    with pytest.raises(InvalidInput, match="más filas de las que caben"):
        rows(repacked(xlsx_file(["fecha"]), {"xl/worksheets/sheet1.xml": body.encode()}))


def test_a_zip_that_is_no_book_and_a_text_named_as_one() -> None:
    plain = BytesIO()
    with zipfile.ZipFile(plain, "w") as package:
        package.writestr("a.txt", "x")
    with pytest.raises(InvalidInput, match="es un ZIP pero no un XLSX"):
        shape_of(plain)
    with pytest.raises(InvalidInput, match="no se puede leer como XLSX"):
        shape_of(BytesIO(b"PK\x03\x04 and then nothing of the kind"))
    assert shape_of(BytesIO(b"fecha;caudal\n1;2\n")).format == "csv"


def test_a_broken_clock_in_a_date_cell_is_text_not_a_crash(xlsx_file: Xlsx) -> None:
    book, stream = Workbook(), BytesIO()
    book.active["A1"] = 99_999_999
    book.active["A1"].number_format = "yyyy-mm-dd"
    book.save(stream)
    assert rows(stream) == [(1, ("#VALUE!",))]
