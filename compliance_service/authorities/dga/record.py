"""What DGA says it holds for a voucher, and whether that is what was sent. Plain Python: no clock, no database."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

# A GET writes the day the other way round (manual, examples of each resource).
THEIR_DATE = re.compile(r"(\d{2})-(\d{2})-(\d{4})")
DATE, TIME = "fechaMedicion", "horaMedicion"
LONGEST = 40


class Verdict(StrEnum):
    MATCHES = "matches"
    DIFFERS = "differs"
    NOT_FOUND = "not_found"  # it answers, and does not know the voucher
    UNREADABLE = "unreadable"  # a page, a gateway's word, nothing of the form
    NO_ANSWER = "no_answer"


@dataclass(frozen=True, slots=True)
class Difference:
    field: str
    sent: str
    held: str


@dataclass(frozen=True, slots=True)
class Comparison:
    verdict: Verdict
    differences: tuple[Difference, ...] = ()


def question(resource_url: str, *, work_code: str, voucher: str) -> str:
    """The address that answers with the record of a voucher; it needs no credential, so a person may open it too."""
    return f"{resource_url}?{urlencode({'codigoObra': work_code, 'numeroComprobante': voucher})}"


def compare(sent: Mapping[str, str], *, status: int | None, body: bytes) -> Comparison:
    """`sent`: the fields of the measurement as they left. Numbers are compared as numbers: 25.70 comes back as 25.7."""
    if status is None:
        return Comparison(Verdict.NO_ANSWER)
    content = _json(body)
    if content is None or status >= 500:
        return Comparison(Verdict.UNREADABLE)
    held = content.get("data")
    if content.get("status") != "00":
        return Comparison(Verdict.NOT_FOUND)
    if not isinstance(held, dict):
        return Comparison(Verdict.UNREADABLE)
    found = [
        Difference(name, said, _shown(held.get(name))) for name, said in sent.items() if not _same(name, said, held)
    ]
    return Comparison(Verdict.DIFFERS if found else Verdict.MATCHES, tuple(found))


def _same(name: str, sent: str, held: Mapping[str, Any]) -> bool:
    there = _shown(held.get(name))
    if name == DATE:
        found = THEIR_DATE.fullmatch(there)
        return sent in (there, f"{found[3]}-{found[2]}-{found[1]}" if found else there)
    if name == TIME or not sent or not there:
        return sent == there
    try:
        return Decimal(sent) == Decimal(there)
    except InvalidOperation:
        return False


def _shown(value: Any) -> str:
    return "" if value is None else str(value)[:LONGEST]


def _json(body: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(body, parse_float=str, parse_int=str)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
