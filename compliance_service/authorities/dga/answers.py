"""What an answer of DGA is. What a refusal's words mean, rows say (`authorities.classify`): two are known, no more.

The one thing that no row decides: what was accepted, or is there already, is never sent again.
"""

import json
import re
from typing import Any

from compliance_service.authorities.answers import LONGEST_MESSAGE, Answer, Meaning

VOUCHER = re.compile(r"[A-Za-z0-9]{20,64}")
DUPLICATE = re.compile(r"ya existe un registro", re.IGNORECASE)
DUPLICATE_VOUCHER = re.compile(r"comprobante:?\s*([A-Za-z0-9]{20,64})", re.IGNORECASE)


def read_answer(status: int, body: bytes) -> Answer:
    """`status` is HTTP's; the `status` inside a refusal is not depended on."""
    content = _json(body)
    if content is None:
        return Answer(Meaning.UNREADABLE, message=f"HTTP {status}, {len(body)} bytes que no son JSON")
    message = str(content.get("message") or "")[:LONGEST_MESSAGE]
    if content.get("status") == "00":
        return _accepted(content, message)
    if DUPLICATE.search(message):
        found = DUPLICATE_VOUCHER.search(message)
        meaning = Meaning.DUPLICATE if found else Meaning.DUPLICATE_WITHOUT_VOUCHER
        return Answer(meaning, found[1] if found else "", message)
    if status >= 500:
        return Answer(Meaning.UNREADABLE, message=f"HTTP {status}: {message}")
    return Answer(Meaning.UNKNOWN, message=message or f"HTTP {status}")


def _accepted(content: dict[str, Any], message: str) -> Answer:
    data = content.get("data")
    voucher = str(data.get("numeroComprobante") or "") if isinstance(data, dict) else ""
    if VOUCHER.fullmatch(voucher):
        return Answer(Meaning.ACCEPTED, voucher, message)
    return Answer(Meaning.WITHOUT_VOUCHER, message=message)


def _json(body: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
