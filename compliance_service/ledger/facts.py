"""What a fact says of a row, by kind: which columns, under which names, in which order. Plain Python."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Shape:
    """`columns`: column to name. A column that nobody named is added under its own name: nothing is lost by a release.

    `at` and `by`: the columns that say when and who, the first of them that does. `left_out`: another fact says those.
    """

    columns: Mapping[str, str]
    at: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    left_out: frozenset[str] = frozenset()


REQUEST = {
    "id": "row",
    "number": "number",
    "url": "url",
    "request_headers": "headers",
    "request_body": "body",
    "request_mac": "mac",
}
ANSWER = {
    "id": "row",
    "number": "number",
    "response_status": "status",
    "response_headers": "headers",
    "response_body": "body",
    "meaning": "meaning",
    "message": "message",
}
MOVE = {"id": "row", "old": "old", "new": "new", "reason": "reason"}
RECEIPT = {
    "id": "row",
    "attempt_id": "attempt_row",
    "source_id": "source",
    "voucher": "voucher",
    "by_duplicate": "by_duplicate",
}
READINGS = frozenset({"verdict", "read_at", "matches", "not_found", "unanswered", "next_read_at"})
READ_BACK = {
    "id": "row",
    "receipt_id": "receipt_row",
    "url": "url",
    "response_status": "status",
    "response_body": "body",
    "verdict": "verdict",
    "differences": "differences",
}
INCIDENT = {
    "id": "row",
    "receipt_id": "receipt_row",
    "read_back_id": "read_back_row",
    "opened_at": "opened_at",
    "closed_at": "closed_at",
    "note": "note",
}
JUDGEMENT = {
    "id": "row",
    "status": "status",
    "held_reason": "held_reason",
    "document": "document",
    "evidence": "evidence",
}
JUDGED = frozenset(
    {"error_reason", "next_attempt_at", "leased_until", "sent_at", "confirmed_at", "taken_at", "created_at"}
)
REVIEW = {"id": "row", "action": "action", "cause": "cause", "note": "note", "seen": "seen", "given": "given"}
EXPLANATION = {"id": "row", "cause": "cause", "note": "note", "due_at": "due_at", "deadline_at": "deadline_at"}
RULES = {"id": "row", "version": "version", "valid_from": "valid_from", "rules": "rules", "note": "note"}
WORDS = {
    "id": "row",
    "position": "position",
    "pattern": "pattern",
    "meaning": "meaning",
    "valid_from": "valid_from",
    "valid_to": "valid_to",
    "note": "note",
    "ended_note": "ended_note",
}
UPLOAD = {"id": "row", "name": "name", "sha256": "sha256", "content_sha256": "content_sha256", "hours": "hours"}
NOTICE = {
    "id": "row",
    "kind": "notice",
    "subject": "subject",
    "body": "text",
    "delivered_at": "delivered_at",
    "delivered_by": "delivered_by",
}
CREDENTIAL = {
    "id": "row",
    "usuario": "usuario",
    "company_rut": "company_rut",
    "issued_at": "issued_at",
    "revoked_at": "revoked_at",
}
CHANGE = {"table": "table", "operation": "operation", "before": "before", "after": "after"}
OF_A_DUTY = frozenset({"submission_id", "slot_at"})  # an entry says these once, of all its facts

REQUESTED, ANSWERED = frozenset(REQUEST) - frozenset(ANSWER), frozenset(ANSWER) - frozenset(REQUEST)
SHAPES: dict[str, Shape] = {
    "move": Shape(MOVE, at=("at",), by=("by",), left_out=OF_A_DUTY),
    "request": Shape(REQUEST, at=("started_at",), left_out=OF_A_DUTY | ANSWERED | {"finished_at"}),
    "answer": Shape(ANSWER, at=("finished_at",), left_out=OF_A_DUTY | REQUESTED | {"started_at"}),
    "receipt": Shape(RECEIPT, at=("received_at",), left_out=OF_A_DUTY | READINGS),
    "read_back": Shape(READ_BACK, at=("at",)),
    "incident": Shape(INCIDENT, at=("closed_at", "opened_at"), by=("closed_by",)),
    "judgement": Shape(JUDGEMENT, left_out=OF_A_DUTY | JUDGED | {"config_id", "obligation_id"}),
    "review": Shape(REVIEW, at=("at",), by=("by",), left_out=OF_A_DUTY),
    "explanation": Shape(
        EXPLANATION,
        at=("closed_at",),
        by=("explained_by",),
        left_out=OF_A_DUTY | {"outcome", "next_look_at", "waiting_for"},
    ),
    "rules": Shape(RULES, at=("created_at",), by=("created_by",), left_out=frozenset({"source_id"})),
    "words": Shape(
        WORDS, at=("valid_to", "valid_from"), by=("ended_by", "created_by"), left_out=frozenset({"source_id"})
    ),
    "upload": Shape(UPLOAD, at=("recorded_at",), by=("by",), left_out=frozenset({"config_id"})),
    "notice": Shape(NOTICE, at=("changed_at",), by=("changed_by",), left_out=frozenset({"config_id"})),
    "credential": Shape(CREDENTIAL, at=("revoked_at", "issued_at"), by=("revoked_by", "issued_by")),
    "config": Shape({"id": "row"}, at=("at",), by=("by",)),
    "source": Shape({"code": "row"}, at=("at",), by=("by",), left_out=frozenset({"changed_at", "changed_by"})),
    "change": Shape(CHANGE, by=("by",)),
}


def fact(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """`row`: column to value, as PostgreSQL's row_to_json gives it; bytes are hexadecimal text."""
    shape = SHAPES[kind]
    at = next((row[column] for column in shape.at if row.get(column)), None)
    by = next((row[column] for column in shape.by if row.get(column)), SYSTEM)
    said: dict[str, Any] = {"kind": kind, "at": at, "by": by}
    said |= {name: row[column] for name, column in _named(kind, tuple(row))}
    if "body" in said:
        said |= _readable(bytes.fromhex(said["body"].removeprefix("\\x")))
    if kind == "request":
        said["mac"] = _mark(bytes.fromhex(said["mac"].removeprefix("\\x")))
    return said


@lru_cache(maxsize=256)
def _named(kind: str, columns: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """(name, column) of what is said of rows with these columns."""
    shape = SHAPES[kind]
    known = [(name, column) for column, name in shape.columns.items() if column in columns]
    more = set(columns) - shape.columns.keys() - shape.left_out - {*shape.at, *shape.by}
    return (*known, *((column, column) for column in sorted(more)))


def _mark(mac: bytes) -> str:
    """Attempts older than the ledger hold a bare digest."""
    return mac.decode() if mac.startswith(b"hmac-") else mac.hex()


def _readable(body: bytes) -> dict[str, str]:
    """Bytes as text where they are UTF-8, else as base64: either gives the very bytes back."""
    try:
        return {"body": body.decode(), "encoding": "utf-8"}
    except UnicodeDecodeError:
        return {"body": base64.b64encode(body).decode(), "encoding": "base64"}
