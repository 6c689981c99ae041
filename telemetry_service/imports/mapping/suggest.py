"""A first mapping from the header and some rows. A person looks at it before anything is read with it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from telemetry_service.imports.files.cells import Cell, Row, is_blank, text_of
from telemetry_service.imports.mapping import names
from telemetry_service.imports.mapping.formats import EPOCH_MS, EPOCH_S, EXCEL, ISO, counted, parser_of
from telemetry_service.imports.mapping.mapping import CHILE, plain
from telemetry_service.imports.mapping.names import ROLES, meaning_of, unit_in

SEARCHED = 10  # rows in which the header may be
CLOCKS = ("%H:%M:%S", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%H:%M:%S.%f")
DAYS = ("%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y/%m/%d", "%d-%b-%Y", "%d/%b/%Y", "%d-%m-%y", "%d/%m/%y")
MONTH_FIRST = ("%m/%d/%Y", "%m-%d-%Y")
CANDIDATES = (
    ISO,
    *(f"{day} {clock}" for day in (*DAYS, *MONTH_FIRST) for clock in CLOCKS),
    EPOCH_MS,
    EPOCH_S,
    EXCEL,
    *DAYS,
    *MONTH_FIRST,
)
DOUBT = (
    "Los días y los meses podrían estar al revés: se leen como día/mes. Si no es así, cambie el formato de la fecha."
)
NO_HOUR = "Las fechas no dicen la hora: se toman a las 00:00. Si otra columna la tiene, elíjala como hora."
TWO_SIGNS = "Unos números usan coma y otros punto: se toma la coma por decimal, y se rechazan los que usen punto."
THOUSANDS = "Todos los números llevan tres cifras tras su signo: si separa los miles y no los decimales, cámbielo."
THREE = re.compile(r"[.,][0-9]{3}\s*$")


@dataclass(frozen=True, slots=True)
class Suggestion:
    """`mapping` in the form of the API; what could not be found out is empty. `doubts` are for a person to settle."""

    mapping: dict[str, Any]
    doubts: list[str]


def suggest(rows: Sequence[Row], *, sheet: str = "") -> Suggestion:
    """`rows`: the first of the file, the header among them."""
    header = find_header(rows)
    titles = [text_of(cell) for cell in header.cells]
    body = [row for row in rows if row.number > header.number]
    meanings = [meaning_of(title) for title in titles]
    formats, doubts = _formats(body, _first(meanings, names.TIME), _first(meanings, names.CLOCK))
    columns = _long(titles, meanings, body) or {"values": _wide(titles, meanings)}
    number, more = _number_form(_numbers(body, titles, columns))
    mapping = {
        "time": {
            "column": _title(titles, meanings, names.TIME),
            "clock": _title(titles, meanings, names.CLOCK),
            "formats": formats,
            "zone": CHILE,
        },
        "point": {"column": _title(titles, meanings, names.POINT), "constant": ""},
        **columns,
        "number": number,
        "file": {"sheet": sheet, "header_row": header.number, "delimiter": "", "encoding": ""},
    }
    return Suggestion(mapping, doubts + more)


def find_header(rows: Sequence[Row]) -> Row:
    """The first row in which most titles mean something to us, else the first of all."""
    best = max(rows[:SEARCHED], key=lambda row: (_known(row), -row.number), default=Row(1, ()))
    return best if _known(best) >= 2 or not rows else rows[0]


def _known(row: Row) -> int:
    return len({meaning_of(cell) for cell in row.cells if isinstance(cell, str) and len(cell) < 60} - {""})


def _first(meanings: Sequence[str], wanted: str) -> int | None:
    return meanings.index(wanted) if wanted in meanings else None


def _title(titles: Sequence[str], meanings: Sequence[str], wanted: str) -> str:
    index = _first(meanings, wanted)
    return "" if index is None else titles[index]


def _wide(titles: Sequence[str], meanings: Sequence[str]) -> list[dict[str, str]]:
    """Each variable once: of two columns that seem to be it, the first."""
    found: dict[str, dict[str, str]] = {}
    for title, meaning in zip(titles, meanings, strict=True):
        if meaning and meaning not in ROLES and meaning not in found:
            found[meaning] = {"column": title, "variable": meaning, "unit": unit_in(title, meaning)}
    return list(found.values())


def _long(titles: Sequence[str], meanings: Sequence[str], body: Sequence[Row]) -> dict[str, Any] | None:
    variable = _first(meanings, names.VARIABLE)
    if variable is None or names.VALUE not in meanings:
        return None
    said = dict.fromkeys(text for row in body if (text := text_of(_cell(row, variable)).strip()))
    known = [(name, meaning) for name in said if (meaning := meaning_of(name)) and meaning not in ROLES]
    return {
        "long": {
            "variable": titles[variable],
            "value": _title(titles, meanings, names.VALUE),
            "unit": _title(titles, meanings, names.UNIT),
            "names": [{"name": name, "variable": meaning, "unit": unit_in(name, meaning)} for name, meaning in known],
        }
    }


def _formats(body: Sequence[Row], day: int | None, clock: int | None) -> tuple[list[str], list[str]]:
    """The forms that read every time of the sample; the day first where both orders would."""
    if day is None:
        return [], ["No se reconoce cuál es la columna de la fecha."]
    samples = [sample for row in body if (sample := _sample(row, day, clock)) is not None]
    fitting = [form for form in CANDIDATES if samples and all(_reads(form, sample) for sample in samples)]
    if not fitting:
        return [], ["No se reconoce el formato de la fecha."] if samples else []
    chosen, doubts = fitting[0], []
    if any(form.startswith(MONTH_FIRST) for form in fitting) and chosen.startswith(("%d/%m", "%d-%m")):
        doubts.append(DOUBT)
    if "%" in chosen and "%H" not in chosen and "%I" not in chosen:
        doubts.append(NO_HOUR)
    return [chosen], doubts


def _sample(row: Row, day: int, clock: int | None) -> str | float | None:
    """None for what a spreadsheet knows to be a time: it needs no form."""
    cell = _cell(row, day)
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return cell
    if not isinstance(cell, str) or is_blank(cell):
        return None
    return cell.strip() if clock is None else f"{cell.strip()} {text_of(_cell(row, clock)).strip()}"


def _reads(form: str, sample: str | float) -> bool:
    read: Callable[[], Any] = lambda: (  # noqa: E731
        parser_of(form)(sample) if isinstance(sample, str) else counted(sample, form)
    )
    return read() is not None


def _number_form(texts: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    """Of texts alone: a spreadsheet's numbers have no sign to be found out."""
    commas, points = ([text for text in texts if sign in text] for sign in ",.")
    both = [text for text in commas if "." in text]
    if both:
        comma_last = all(text.rindex(",") > text.rindex(".") for text in both)
        return {"decimal": ",", "thousands": "."} if comma_last else {"decimal": ".", "thousands": ","}, []
    doubts = [TWO_SIGNS] if commas and points else []
    texts = commas or points
    if texts and all(THREE.search(text) for text in texts):
        doubts.append(THOUSANDS)
    return {"decimal": "," if commas else ".", "thousands": ""}, doubts


def _numbers(body: Sequence[Row], titles: Sequence[str], columns: dict[str, Any]) -> list[str]:
    wanted = {value["column"] for value in columns.get("values", ())} | {columns.get("long", {}).get("value", "")}
    indexes = [index for index, title in enumerate(titles) if plain(title) and title in wanted]
    return [cell for row in body for index in indexes if isinstance(cell := _cell(row, index), str)]


def _cell(row: Row, index: int) -> Cell:
    return row.cells[index] if index < len(row.cells) else None
