"""What an answer means: a document, no data, "log in again", or a failure with a class."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from telemetry_service.providers.engine.jsonpath import MISSING, read_json
from telemetry_service.providers.engine.results import Failure, FailureClass, Reason, plain
from telemetry_service.providers.engine.row import Action, Condition, ErrorRule, Row

LONGEST_MESSAGE = 300
LONGEST_WAIT_S = 86_400.0
NO_DATA: Any = object()
BY_ACTION = {
    Action.RATE_LIMITED: FailureClass.RATE_LIMITED,
    Action.AUTH_FAILED: FailureClass.AUTH,
    Action.REFRESH: FailureClass.AUTH,
    Action.RETRY: FailureClass.TRANSIENT,
    Action.CONFIG: FailureClass.CONFIG,
}
BY_STATUS = {
    401: FailureClass.AUTH,
    403: FailureClass.AUTH,
    408: FailureClass.TRANSIENT,
    429: FailureClass.RATE_LIMITED,
}
ASKS_TO_WAIT = {FailureClass.RATE_LIMITED, FailureClass.TRANSIENT}
SECONDS = re.compile(r"\d{1,9}(?![\d])")
HTTP_DATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT")


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP answer, whole. `headers` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Verdict:
    """One of `document` (NO_DATA where the provider has none), `failure`; `refresh` asks for a new token first."""

    document: Any = NO_DATA
    failure: Failure | None = None
    refresh: bool = False


def judge(row: Row, reply: Reply, *, now: datetime, redact: Callable[[str], str]) -> Verdict:
    document = _document(reply.body)
    rule = _rule(row, reply.status, document)
    if rule is not None and rule.action is Action.NO_DATA:
        return Verdict()
    if rule is not None:
        return Verdict(failure=_by_rule(row, rule, reply, document, now, redact), refresh=rule.action is Action.REFRESH)
    if not 200 <= reply.status < 300:
        kind = BY_STATUS.get(reply.status, FailureClass.TRANSIENT if reply.status >= 500 else FailureClass.CONFIG)
        wait = _wait(None, reply, "", now) if kind in ASKS_TO_WAIT else None
        return Verdict(failure=Failure(kind, redact(_message(row, reply, document)), reply.status, wait))
    if reply.status == 204:
        return Verdict()
    return _good(row, reply, document, redact)


def _good(row: Row, reply: Reply, document: Any, redact: Callable[[str], str]) -> Verdict:
    if document is MISSING:
        message = f"no es JSON: {_looks(reply)}"
        return Verdict(failure=Failure(FailureClass.PARSE, message, reply.status, reason=Reason.NOT_JSON))
    envelope = row.envelope
    if envelope is not None and envelope.ok is not None and not _equal(envelope.ok.first(document), envelope.equals):
        message = redact(_message(row, reply, document))
        return Verdict(failure=Failure(FailureClass.TRANSIENT, message, reply.status))
    return Verdict(document)


def _rule(row: Row, status: int, document: Any) -> ErrorRule | None:
    for rule in row.errors:
        if status in rule.statuses and (rule.when is None or _holds(rule.when, row, document)):
            return rule
    return None


def _holds(condition: Condition, row: Row, document: Any) -> bool:
    if document is MISSING or _envelope_is_good(row, document):
        return False
    found = condition.path.first(document)
    if found is MISSING or found is None:
        return False
    text = str(found)
    return text in condition.one_of or any(part in text.lower() for part in condition.contains)


def _envelope_is_good(row: Row, document: Any) -> bool:
    """A good answer may speak of tokens without being an error."""
    envelope = row.envelope
    return envelope is not None and envelope.ok is not None and _equal(envelope.ok.first(document), envelope.equals)


def _by_rule(
    row: Row, rule: ErrorRule, reply: Reply, document: Any, now: datetime, redact: Callable[[str], str]
) -> Failure:
    kind, message = BY_ACTION[rule.action], _message(row, reply, document)
    wait = _wait(rule, reply, message, now) if kind in ASKS_TO_WAIT else None
    return Failure(kind, redact(message), reply.status, wait)


def _wait(rule: ErrorRule | None, reply: Reply, message: str, now: datetime) -> float | None:
    """TagoIO says how long only inside the message; others in a header."""
    if rule is not None and rule.wait_before and rule.wait_before in message:
        return _seconds(message.split(rule.wait_before, 1)[1], reply, now)
    name = rule.wait_header if rule is not None and rule.wait_header else "Retry-After"
    return _seconds(reply.headers.get(name.lower(), ""), reply, now)


def _seconds(text: str, reply: Reply, now: datetime) -> float | None:
    """Seconds, or an HTTP date (RFC 9110, 10.2.3), counted from the answer's own Date: his clock may not be ours."""
    digits = SECONDS.match(text.strip())
    if digits:
        return min(float(digits[0]), LONGEST_WAIT_S)
    until = _http_date(text)
    if until is None:
        return None
    since = _http_date(reply.headers.get("date", "")) or now
    return min(max((until - since).total_seconds(), 0.0), LONGEST_WAIT_S)


def _http_date(text: str) -> datetime | None:
    found = HTTP_DATE.match(text.strip())
    try:
        return parsedate_to_datetime(found[0]).astimezone(UTC) if found else None
    except ValueError:
        return None


def _message(row: Row, reply: Reply, document: Any) -> str:
    path = row.envelope.message if row.envelope else None
    said = path.first(document) if path is not None and document is not MISSING else None
    text = said if isinstance(said, str) and said else _looks(reply)
    return f"HTTP {reply.status}: {plain(text, LONGEST_MESSAGE)}"


def _looks(reply: Reply) -> str:
    kind = reply.headers.get("content-type", "sin tipo").split(";")[0][:40]
    return f"{kind}, {len(reply.body)} bytes"


def _equal(found: Any, wanted: object) -> bool:
    return found is not MISSING and (found == wanted or str(found) == str(wanted))


def _document(body: bytes) -> Any:
    try:
        return read_json(body)
    except ValueError:
        return MISSING
