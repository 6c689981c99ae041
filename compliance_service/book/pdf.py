"""The certificate as a page for people. The JSON beside it is what is signed; the page names its digest."""

import hashlib

from fpdf import FPDF

from compliance_service.book.certificate import Certificate
from compliance_service.book.document import Explanation, sentence
from compliance_service.obligations.models import Cause
from shared.clock import REGULATOR_TIME

MOST_LINES = 200
WIDTHS = (38, 42, 70, 40)


def as_pdf(certificate: Certificate) -> bytes:
    """A4. Explanations beyond MOST_LINES are in the JSON only, and the page says so."""
    facts = certificate.facts
    page = FPDF(format="A4")
    page.set_creation_date(facts.issued_at)
    page.set_title(f"Certificado {facts.work_code}")
    page.add_page()
    _line(page, "Certificado de cumplimiento", size=18, style="B")
    _line(
        page,
        f"Obra {facts.work_code}, ante {facts.source}, del {facts.first:%d-%m-%Y} al {facts.last:%d-%m-%Y} (UTC-4)",
    )
    _line(page, sentence(facts.sums), size=13, style="B")
    _line(page, f"Emitido el {facts.issued_at.astimezone(REGULATOR_TIME):%d-%m-%Y %H:%M} UTC-4.")
    if facts.explained:
        _explanations(page, certificate)
    _line(page, "Cómo se comprueba", size=13, style="B")
    _line(page, f"SHA-256 del certificado firmado (JSON): {hashlib.sha256(certificate.body).hexdigest()}")
    _line(page, "Pida el archivo JSON y ejecute «verify-certificate ARCHIVO --key HUELLA». La huella de la clave es la")
    _line(page, "misma que firma las raíces del libro que recibe por correo.")
    return bytes(page.output())


def _explanations(page: FPDF, certificate: Certificate) -> None:
    shown = certificate.facts.explained[:MOST_LINES]
    _line(page, "Horas explicadas", size=13, style="B")
    page.set_font("Helvetica", size=9)
    with page.table(col_widths=WIDTHS, first_row_as_headings=True) as table:
        for cells in (("Hora (UTC-4)", "Causa", "Nota", "Quién"), *map(_row, shown)):
            row = table.row()
            for cell in cells:
                row.cell(_latin(cell))
    left_out = len(certificate.facts.explained) - len(shown)
    if left_out:
        _line(page, f"y {left_out} más, que están en el archivo JSON")


def _row(one: Explanation) -> tuple[str, str, str, str]:
    hour = f"{one.slot_at.astimezone(REGULATOR_TIME):%d-%m-%Y %H:%M}"
    return hour, str(Cause(one.cause).label), one.note, one.by.partition(":")[2]


def _line(page: FPDF, text: str, *, size: int = 10, style: str = "") -> None:
    page.set_font("Helvetica", style=style, size=size)
    page.multi_cell(0, size * 0.55, _latin(text), new_x="LMARGIN", new_y="NEXT")
    page.ln(1.5)


def _latin(text: str) -> str:
    """The built-in font knows Latin-1 only: what it lacks is shown as a question mark, and is right in the JSON."""
    return text.encode("latin-1", "replace").decode("latin-1")
