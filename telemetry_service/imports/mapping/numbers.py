"""A number as a person or a logger writes it. Which sign is the decimal one is said, never guessed."""

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from telemetry_service.imports.files.cells import Cell, CellProblem, Formula, is_blank, text_of
from telemetry_service.process.readings import LONGEST_NUMBER, number_in

PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?([eE][+-]?[0-9]+)?|[+-]?\.[0-9]+")
SPACES = str.maketrans({"\u00a0": "", "\u202f": "", " ": "", "\u2212": "-"})  # hard spaces, a typeset minus
PASTE = "péguela como valor (Pegado especial › Valores)"


@dataclass(frozen=True, slots=True)
class NumberForm:
    """`thousands` empty: none are marked, and a mark is an error. 1.234 would be a thousandfold wrong otherwise."""

    decimal: str = "."
    thousands: str = ""


def number_text(cell: Cell, form: NumberForm) -> str:
    """The number with a decimal point, its digits as they came; empty for a blank cell. Raises CellProblem."""
    if is_blank(cell):
        return ""
    _check_kind(cell)
    text = _normal(cell.strip().lstrip("'").translate(SPACES), form) if isinstance(cell, str) else text_of(cell)
    if len(text) > LONGEST_NUMBER or number_in(text) is None:
        raise CellProblem("no es un número que se pueda usar", f"un número de hasta {LONGEST_NUMBER} cifras")
    return text


def _check_kind(cell: Cell) -> None:
    if isinstance(cell, Formula):
        raise CellProblem("es una fórmula", PASTE)
    if isinstance(cell, bool):
        raise CellProblem("es verdadero o falso", "un número")
    if isinstance(cell, datetime | date | time | timedelta):
        raise CellProblem("es una fecha u hora", "un número; revise el formato de la celda")


def _normal(text: str, form: NumberForm) -> str:
    if form.thousands and form.thousands in text:
        text = _joined(text, form)
    if form.decimal == ",":
        if "." in text:
            raise CellProblem("usa «.», y el decimal es «,»", "12,5; o diga que «.» separa los miles")
        text = text.replace(",", ".")
    elif "," in text:
        raise CellProblem("usa «,», y el decimal es «.»", "12.5; o diga que el decimal es «,»")
    if not PLAIN.fullmatch(text):
        raise CellProblem("no es un número", "un número, o la celda vacía donde no hay lectura")
    return text


def _joined(text: str, form: NumberForm) -> str:
    """Without the marks of thousands, which must be where they belong."""
    thousands, decimal = re.escape(form.thousands), re.escape(form.decimal)
    if not re.fullmatch(rf"[+-]?[0-9]{{1,3}}({thousands}[0-9]{{3}})+({decimal}[0-9]*)?", text):
        raise CellProblem(f"«{form.thousands}» no separa grupos de tres cifras", f"1{form.thousands}234{form.decimal}5")
    return text.replace(form.thousands, "")
