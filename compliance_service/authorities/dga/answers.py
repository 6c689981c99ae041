"""What an answer of DGA means. Only two refusals are known word for word; everything else is a failure to try again."""

import json
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

VOUCHER = re.compile(r"[A-Za-z0-9]{20,64}")
DUPLICATE = re.compile(r"ya existe un registro", re.IGNORECASE)
DUPLICATE_VOUCHER = re.compile(r"comprobante:?\s*([A-Za-z0-9]{20,64})", re.IGNORECASE)
NOT_THE_INFORMANT = re.compile(r"no es el informante", re.IGNORECASE)
LONGEST_MESSAGE = 300


class Meaning(StrEnum):
    """What follows from an answer."""

    ACCEPTED = "accepted"  # a voucher
    DUPLICATE = "duplicate"  # it was there already, with its voucher
    WITHOUT_VOUCHER = "accepted_without_voucher"  # never to be sent again: a person looks
    DUPLICATE_WITHOUT_VOUCHER = "duplicate_without_voucher"  # likewise
    VOUCHER_OF_ANOTHER = "voucher_of_another"  # likewise
    NOT_INFORMANT = "not_the_informant"  # stops the work
    REFUSED = "refused"  # understood and not taken
    UNREADABLE = "unreadable_answer"  # a page, a gateway's word, nothing at all: it may have been stored
    NO_ANSWER = "no_answer"  # bytes left and nothing came
    NOT_SENT = "not_sent"  # no byte left


@dataclass(frozen=True, slots=True)
class Answer:
    meaning: Meaning
    voucher: str = ""
    message: str = ""


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
