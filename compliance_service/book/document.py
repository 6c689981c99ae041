"""The certificate of a work and period: canonical bytes, and how people read them. Plain Python.

The bytes are JSON in UTF-8 without spaces, members in the order given here; the signature is Ed25519 over exactly them.
`scripts/verify-certificate` needs nothing of ours.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from compliance_service.ledger.canonical import encode, instant
from compliance_service.obligations.sums import Sum

FORMAT = "stack-vps-certificate/1"


@dataclass(frozen=True, slots=True)
class Explanation:
    slot_at: datetime
    cause: str
    note: str
    evidence: Mapping[str, Any]
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Facts:
    """What is certified. `first` and `last` are days of UTC-4, both included; `head` is the work's ledger."""

    source: str
    work_code: str
    point: str
    first: date
    last: date
    sums: Sum
    receipts_sha256: str
    explained: Sequence[Explanation]
    open_slots: Sequence[datetime]
    overdue_slots: Sequence[datetime]
    head: tuple[int, str]
    keys: Mapping[str, str]
    issued_at: datetime


def certificate(facts: Facts) -> bytes:
    said = facts.sums
    return encode(
        {
            "format": FORMAT,
            "issued_at": instant(facts.issued_at),
            "source": facts.source,
            "work": facts.work_code,
            "point": facts.point,
            "from": facts.first.isoformat(),
            "to": facts.last.isoformat(),
            "due": said.due,
            "receipts": said.receipts,
            "explained": said.explained,
            "open": said.open,
            "overdue": said.overdue,
            "says": sentence(said),
            "receipts_sha256": facts.receipts_sha256,
            "explanations": [_explanation(one) for one in facts.explained],
            "open_hours": [instant(slot) for slot in facts.open_slots],
            "overdue_hours": [instant(slot) for slot in facts.overdue_slots],
            "ledger": {"entries": facts.head[0], "head": facts.head[1]},
            "keys": dict(facts.keys),
        }
    )


def sentence(said: Sum) -> str:
    """`8.760 debidas = 8.741 comprobantes + 19 explicadas + 0 vencidas + 0 abiertas`."""
    parts = (
        (said.receipts, "comprobantes"),
        (said.explained, "explicadas"),
        (said.overdue, "vencidas"),
        (said.open, "abiertas"),
    )
    return f"{_number(said.due)} debidas = " + " + ".join(f"{_number(count)} {name}" for count, name in parts)


def _number(count: int) -> str:
    return f"{count:,}".replace(",", ".")


def _explanation(one: Explanation) -> dict[str, Any]:
    return {
        "hour": instant(one.slot_at),
        "cause": one.cause,
        "note": one.note,
        "evidence": one.evidence,
        "by": one.by,
        "at": instant(one.at) if one.at else None,
    }
