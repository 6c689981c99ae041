"""What the words of a refusal mean: rows in an order, each for a span of time. Plain Python: no clock, no database.

A row says what follows from a refusal, never that something was accepted: that is the regulator's word alone. What it
has taken is told from its own code and from the words of a duplicate before any row is asked.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from compliance_service.authorities.answers import Answer, Meaning

# What a row may say. `duplicate` needs a voucher in the text: without one it is held, and never sent again.
ALLOWED = (
    Meaning.DUPLICATE,
    Meaning.NOT_INFORMANT,
    Meaning.NOT_ALLOWED,
    Meaning.LOG_IN_REFUSED,
    Meaning.INVALID,
    Meaning.REFUSED,
    Meaning.UNREADABLE,
)
VOUCHER = re.compile(r"(?<![A-Za-z0-9])[A-Za-z0-9]{20,64}(?![A-Za-z0-9])")
LONGEST_PATTERN = 200
# Two unbounded repetitions one inside the other: a message could keep a worker busy for hours.
NESTED = re.compile(r"\([^()]*[*+][^()]*\)[*+{]")


@dataclass(frozen=True, slots=True)
class Row:
    pattern: str
    meaning: Meaning

    def fits(self, message: str) -> bool:
        return re.search(self.pattern, message, re.IGNORECASE) is not None


def classified(answer: Answer, rows: Sequence[Row]) -> Answer:
    """The answer with its meaning; as it was where it is known already, or where no row knows it."""
    if answer.meaning is not Meaning.UNKNOWN and not answer.by_status:
        return answer
    row = fitting(rows, answer.message)
    if row is None:
        return replace(answer, voucher="")
    if row.meaning is not Meaning.DUPLICATE:
        return replace(answer, meaning=row.meaning, voucher="")
    found = VOUCHER.search(answer.message)
    voucher = answer.voucher or (found[0] if found else "")
    return replace(answer, meaning=row.meaning if voucher else Meaning.DUPLICATE_WITHOUT_VOUCHER, voucher=voucher)


def wrong_with(pattern: str) -> str:
    """Why a pattern cannot be a row's; empty where it can."""
    if len(pattern) > LONGEST_PATTERN:
        return f"tiene más de {LONGEST_PATTERN} caracteres"
    try:
        compiled = re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        return f"no es una expresión regular ({error})"
    if NESTED.search(pattern):
        return "repite una repetición: podría no terminar"
    return "calza con cualquier texto" if compiled.search("") else ""


def fitting(rows: Iterable[Row], message: str) -> Row | None:
    return next((row for row in rows if row.fits(message)), None)
