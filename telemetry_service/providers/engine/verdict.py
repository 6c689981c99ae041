"""What an answer means: a document, no data, "log in again", or a failure with a class."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from telemetry_service.providers.engine.jsonpath import MISSING, read_json
from telemetry_service.providers.engine.results import Failure, FailureClass, plain
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


def judge(row: Row, reply: Reply, *, redact: Callable[[str], str]) -> Verdict:
    document = _document(reply.body)
    rule = _rule(row, reply.status, document)
    if rule is not None and rule.action is Action.NO_DATA:
        return Verdict()
    if rule is not None:
        return Verdict(failure=_by_rule(row, rule, reply, document, redact), refresh=rule.action is Action.REFRESH)
    if not 200 <= reply.status < 300:
        kind = BY_STATUS.get(reply.status, FailureClass.TRANSIENT if reply.status >= 500 else FailureClass.CONFIG)
        return Verdict(failure=Failure(kind, redact(_message(row, reply, document)), reply.status))
    if reply.status == 204:
        return Verdict()
    return _good(row, reply, document, redact)


def _good(row: Row, reply: Reply, document: Any, redact: Callable[[str], str]) -> Verdict:
    if document is MISSING:
        return Verdict(failure=Failure(FailureClass.PARSE, f"no es JSON: {_looks(reply)}", reply.status))
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


def _by_rule(row: Row, rule: ErrorRule, reply: Reply, document: Any, redact: Callable[[str], str]) -> Failure:
    message = _message(row, reply, document)
    wait = _wait(rule, reply, message) if rule.action is Action.RATE_LIMITED else None
    return Failure(BY_ACTION[rule.action], redact(message), reply.status, wait)


def _wait(rule: ErrorRule, reply: Reply, message: str) -> float | None:
    """TagoIO says how long only inside the message; others in a header."""
    found = ""
    if rule.wait_before and rule.wait_before in message:
        found = message.split(rule.wait_before, 1)[1]
    elif rule.wait_header:
        found = reply.headers.get(rule.wait_header.lower(), "")
    digits = re.match(r"\d{1,9}", found.strip())
    return min(float(digits[0]), LONGEST_WAIT_S) if digits else None


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
