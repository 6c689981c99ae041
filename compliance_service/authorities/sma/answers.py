"""What an answer of SMA means. Status codes are the manual's; texts are unknown, and only read for a duplicate."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from compliance_service.authorities.answers import LONGEST_MESSAGE, Answer, Meaning
from compliance_service.authorities.interface import Token
from compliance_service.authorities.wire import Exchange

VERIFICATION = re.compile(r"[\x21-\x7e]{1,64}")
# What a header can carry; nothing else is a token.
TOKEN = re.compile(r"[A-Za-z0-9._~+/=-]{8,4096}")
# Nobody knows what a duplicate is told: a text that says so is believed.
DUPLICATE = re.compile(r"ya existe|duplicad", re.IGNORECASE)


def read_answer(status: int, body: bytes) -> Answer:
    """Of `/registros`. A page is not SMA's word, whatever its status."""
    if status == 401:
        return Answer(Meaning.SESSION_ENDED, message=_message(_json(body), status))
    content = _json(body)
    if content is None or status >= 500:
        return Answer(Meaning.UNREADABLE, message=_unreadable(content, status, body))
    message, verification = _message(content, status), _verification(content)
    if status in (200, 201):
        return Answer(Meaning.ACCEPTED if verification else Meaning.WITHOUT_VOUCHER, verification, message)
    if status == 400 and DUPLICATE.search(message):
        meaning = Meaning.DUPLICATE if verification else Meaning.DUPLICATE_WITHOUT_VOUCHER
        return Answer(meaning, verification, message)
    known = {400: Meaning.INVALID, 403: Meaning.NOT_ALLOWED}
    return Answer(known.get(status, Meaning.REFUSED), verification, message, by_status=True)


def read_log_in(exchange: Exchange, *, lifetime: timedelta, now: datetime) -> Token | Answer:
    """Of `/auth`. Without a token nothing is sent, so whatever is not a refusal is tried again."""
    if not exchange.sent or exchange.status is None:
        return Answer(Meaning.NOT_SENT, message=f"ingreso a SMA: {exchange.error or 'sin respuesta'}")
    content = _json(exchange.body)
    said = f"ingreso a SMA: {_message(content, exchange.status)}"
    if exchange.status == 401 or (content is not None and exchange.status in (400, 403)):
        return Answer(Meaning.LOG_IN_REFUSED, message=said)
    token = content.get("token") if content and exchange.status in (200, 201) else None
    if not isinstance(token, str) or not TOKEN.fullmatch(token):
        return Answer(
            Meaning.NOT_SENT, message=said if exchange.status >= 300 else "ingreso a SMA: respondió sin token"
        )
    return Token(token, _expiry(token, lifetime, now))


def _expiry(token: str, lifetime: timedelta, now: datetime) -> datetime:
    """By the manual's 24 hours, or sooner where the token says so."""
    latest = now + lifetime
    try:
        claims = jwt.decode(token, options={"verify_signature": False, "verify_exp": False})
        said = datetime.fromtimestamp(claims["exp"], tz=UTC)
    except (jwt.InvalidTokenError, KeyError, TypeError, ValueError, OverflowError, OSError):
        return latest
    return said if now < said < latest else latest


def _verification(content: dict[str, Any]) -> str:
    found = next((value for name, value in content.items() if name.lower() == "idverificacion"), None)
    text = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
    return text if VERIFICATION.fullmatch(text) else ""


def _message(content: dict[str, Any] | None, status: int) -> str:
    said = str((content or {}).get("mensaje") or "")[:LONGEST_MESSAGE]
    return said or f"HTTP {status}"


def _unreadable(content: dict[str, Any] | None, status: int, body: bytes) -> str:
    if content is None:
        return f"HTTP {status}, {len(body)} bytes que no son JSON"
    return f"HTTP {status}: {_message(content, status)}"[:LONGEST_MESSAGE]


def _json(body: bytes) -> dict[str, Any] | None:
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None
