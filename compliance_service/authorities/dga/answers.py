"""What an answer of DGA means. Only two refusals are known word for word; everything else is a failure to try again."""

import json
import re
from typing import Any

from compliance_service.authorities.answers import LONGEST_MESSAGE, Answer, Meaning

VOUCHER = re.compile(r"[A-Za-z0-9]{20,64}")
DUPLICATE = re.compile(r"ya existe un registro", re.IGNORECASE)
DUPLICATE_VOUCHER = re.compile(r"comprobante:?\s*([A-Za-z0-9]{20,64})", re.IGNORECASE)
NOT_THE_INFORMANT = re.compile(r"no es el informante", re.IGNORECASE)


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
        return (
            Answer(Meaning.DUPLICATE, found[1], message)
            if found
            else Answer(Meaning.DUPLICATE_WITHOUT_VOUCHER, "", message)
        )
    if NOT_THE_INFORMANT.search(message):
        return Answer(Meaning.NOT_INFORMANT, message=message)
    if status >= 500:
        return Answer(Meaning.UNREADABLE, message=f"HTTP {status}: {message}")
    return Answer(Meaning.REFUSED, message=message or f"HTTP {status}")


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
