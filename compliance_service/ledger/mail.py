"""The text that carries a root to the holder. `verify-ledger FILE --root THIS_MAIL` reads it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from compliance_service.ledger.models import LedgerRoot
from compliance_service.ledger.roots import signature_text

INTRODUCTION = """\
Esta es la raíz del día {day} del libro de lo enviado a la autoridad y de lo que ella respondió.
Guarde este mensaje: con él se puede probar después que nada anterior fue cambiado, quitado ni agregado.
"""
BLOCK = """\
Obra: {work}
Asientos: {count} ({first} a {last})
Asiento: {last}
Raíz: {head}
Clave: {key}
Firma: {signature}
"""
EXPLANATION = """\
Para comprobarlo: pida el libro (exportación) y ejecute «verify-ledger ARCHIVO --root ESTE_MENSAJE».
El día es de UTC-4, la hora de la autoridad.
"""


@dataclass(frozen=True, slots=True)
class Mail:
    subject: str
    body: str


def root_mail(day: date, roots: Sequence[LedgerRoot]) -> Mail:
    """`roots`: those of one day and one holder."""
    blocks = [_block(root) for root in roots]
    body = "\n".join([INTRODUCTION.format(day=day.isoformat()), *blocks, EXPLANATION])
    return Mail(f"Raíz del libro de envíos, {day.isoformat()}", body)


def _block(root: LedgerRoot) -> str:
    return BLOCK.format(
        work=root.work or "todas",
        count=root.last - root.first + 1,
        first=root.first,
        last=root.last,
        head=bytes(root.head).hex(),
        key=root.key,
        signature=signature_text(root),
    )
