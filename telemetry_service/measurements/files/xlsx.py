"""XLSX that leaves as it is written: whoever waits for it sees it come, and no row is held.

Office Open XML, ECMA-376 part 1, 18.2 and 18.3: a ZIP of XML parts. Texts stand in their cells (`inlineStr`): a table
of shared texts would have to be held until the end. The parts that name the sheets come last, when all are known.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import chain, islice
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from telemetry_service.measurements.fields import iso
from telemetry_service.measurements.files import rows as written
from telemetry_service.measurements.files.rows import HEADER, Drain, Fields

# What a sheet holds, its header among them.
MOST_OF_A_SHEET = 1_048_576
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"
DECLARED = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
TYPES = (
    DECLARED + '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Default Extension="xml" ContentType="{KIND}.worksheet+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/></Types>'
)
ROOT = (
    DECLARED + f'<Relationships xmlns="{RELATIONS}">'
    f'<Relationship Id="rId1" Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
)
# What XML 1.0 cannot say.
UNSAYABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write_xlsx(rows: Iterable[Fields]) -> Iterator[bytes]:
    """A sheet for each million rows."""
    drain, remaining, count = Drain(), iter(rows), 0
    with ZipFile(drain, "w", ZIP_DEFLATED, compresslevel=1) as book:
        following = next(remaining, None)
        while following is not None or count == 0:
            count += 1
            first = [] if following is None else [following]
            some = chain(first, islice(remaining, MOST_OF_A_SHEET - 1 - len(first)))
            with book.open(f"xl/worksheets/sheet{count}.xml", "w") as sheet:
                sheet.write(f'{DECLARED}<worksheet xmlns="{MAIN}"><sheetData>{_header()}'.encode())
                for row in some:
                    sheet.write(_row(row).encode())
                    yield from drain.take(at_least=written.PIECE)
                sheet.write(b"</sheetData></worksheet>")
            following = next(remaining, None)
        _name_sheets(book, count)
    yield from drain.take()


def _header() -> str:
    return f"<row>{''.join(map(_name, HEADER))}</row>"


def _row(row: Fields) -> str:
    point, code, variable, time, value, unit, quality, label, reasons, known_since = row
    return (
        f"<row>{_name(point)}{_name(code)}{_name(variable)}{_text(iso(time))}{_value(value)}{_name(unit)}"
        f"<c><v>{quality}</v></c>{_name(label)}{_name(' '.join(reasons))}{_text(iso(known_since))}</row>"
    )


def _value(value: float | str | bool | None) -> str:
    if value is None:
        return "<c/>"
    if isinstance(value, bool):
        return f'<c t="b"><v>{int(value)}</v></c>'
    return _text(value) if isinstance(value, str) else f"<c><v>{value!r}</v></c>"


def _text(text: str) -> str:
    said = escape(UNSAYABLE.sub("\ufffd", text))
    return f'<c t="inlineStr"><is><t xml:space="preserve">{said}</t></is></c>' if said else "<c/>"


# What repeats from row to row.
_name = lru_cache(maxsize=1024)(_text)


def _name_sheets(book: ZipFile, count: int) -> None:
    numbers = range(1, count + 1)
    sheets = "".join(f'<sheet name="Mediciones {n}" sheetId="{n}" r:id="rId{n}"/>' for n in numbers)
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>' for n in numbers
    )
    book.writestr(
        "xl/workbook.xml", f'{DECLARED}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{sheets}</sheets></workbook>'
    )
    book.writestr(
        "xl/_rels/workbook.xml.rels", f'{DECLARED}<Relationships xmlns="{RELATIONS}">{relations}</Relationships>'
    )
    book.writestr("_rels/.rels", ROOT)
    book.writestr("[Content_Types].xml", TYPES)
