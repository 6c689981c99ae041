"""Where the row of a fact still is, and what of it may still change. Configurations and sources change rightly: their
facts are history, and so are a draft's until it is delivered. Plain Python."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Table:
    """`key`: the type of its id. `shown`: a row as JSON. `only`: the rows that are facts.

    `final`: the column without which `moves`, names of its facts, may still change; with it none but `later` may.
    """

    name: str
    key: str = "bigint"
    shown: str = "row_to_json(kept)"
    only: str = "true"
    final: str = ""
    moves: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()

    def may_move(self, said: Mapping[str, Any]) -> frozenset[str]:
        return self.later if self.is_final(said) else self.moves

    def is_final(self, row: Mapping[str, Any]) -> bool:
        return not self.final or row.get(self.final) is not None


ATTEMPT = Table("submission_attempt")
WORDS = Table("answer_rule", final="valid_to", moves=frozenset({"valid_to", "ended_note", "at", "by"}))
UPLOAD = Table(
    "compliance_upload",
    shown="to_jsonb(kept) - 'content' || jsonb_build_object('content_sha256', encode(sha256(kept.content), 'hex'))",
)
DRAFTED = frozenset(
    {"ended_at", "due_at", "to", "facts", "filled", "subject", "text", "at", "by"}
    | {"delivered_at", "delivered_by", "delivery_note"}
)
NOTICE = Table(
    "notice",
    key="uuid",
    final="delivered_at",
    moves=DRAFTED,
    later=frozenset({"ended_at"}),  # a failure may be told while it lasts
)
CREDENTIAL = Table("history_credential", key="uuid", final="revoked_at", moves=frozenset({"revoked_at", "at", "by"}))
TABLES = {
    "move": Table("submission_move"),
    "request": ATTEMPT,
    "answer": ATTEMPT,
    "receipt": Table("receipt"),
    "read_back": Table("receipt_read_back"),
    "explanation": Table("obligation", only="kept.outcome = 'explained'"),
    "review": Table("submission_review"),
    "rules": Table("rule_pack"),
    "words": WORDS,
    "upload": UPLOAD,
    "notice": NOTICE,
    "credential": CREDENTIAL,
}
FINAL = " (final)"


def names_of(table: Table, said: Mapping[str, Any]) -> list[str]:
    """Under which names a fact tells of its row: also as final, where it is."""
    return [table.name, table.name + FINAL] if table.final and table.is_final(said) else [table.name]
