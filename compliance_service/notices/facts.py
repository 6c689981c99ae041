"""What is known of a proceso's failure, from its duties, attempts and receipts."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance_service.authorities.answers import Meaning
from compliance_service.authorities.sma.terms import devices_of
from compliance_service.obligations.models import ComplianceConfig, Obligation, Outcome
from compliance_service.receipts.models import Receipt
from compliance_service.submissions.models import Attempt

MOST_MESSAGES = 5
NAME_OF = {
    Meaning.NOT_SENT: "not_sent",
    Meaning.LOG_IN_REFUSED: "not_sent",
    Meaning.SESSION_ENDED: "not_sent",
    Meaning.SESSION_REFUSED: "not_sent",
    Meaning.NO_ANSWER: "no_answer",
    Meaning.UNREADABLE: "no_answer",
}
OBSERVED = ("no_data", "held", "not_sent", "no_answer", "refused", "pending")


@dataclass(frozen=True, slots=True)
class Failure:
    """Stamps that are owed since `started_at`, none of which was accepted."""

    started_at: datetime
    last_receipt: Receipt | None


def last_receipt(config: ComplianceConfig) -> Receipt | None:
    """Of the newest stamp that was accepted."""
    # By the duties, whose index begins with the work: a work's receipts are half a million a year.
    ended = Obligation.objects.filter(config_id=config.id, outcome=Outcome.RECEIPT).order_by("-slot_at").first()
    if ended is None:
        return None
    return Receipt.objects.filter(submission__obligation_id=ended.id).select_related("submission").first()


def failing(config: ComplianceConfig, *, now: datetime) -> Failure | None:
    """Stamps that should have arrived by now are open, and no later one was accepted."""
    last = last_receipt(config)
    owed = Obligation.objects.filter(config_id=config.id, outcome=Outcome.OPEN, slot_at__lte=now)
    if last:
        owed = owed.filter(slot_at__gt=last.submission.slot_at)
    first = owed.order_by("slot_at").first()
    if first is None or first.due_at > now:
        return None
    return Failure(first.slot_at, last)


def facts_of(
    config: ComplianceConfig, *, started_at: datetime, ended_at: datetime | None, last: Receipt | None, now: datetime
) -> dict[str, Any]:
    """`ended_at` None: it goes on."""
    window = {"slot_at__gte": started_at, "slot_at__lte": ended_at or now}
    open_duties = Obligation.objects.filter(config_id=config.id, outcome=Outcome.OPEN, **window)
    states = open_duties.values_list("submission__status", "submission__error_reason")
    observed = Counter(_observed(status, reason) for status, reason in states)
    return {
        "work_code": config.work_code,
        "company_rut": config.company_rut,
        "point": config.point.name,
        "devices": [device.id for device in devices_of(config.terms)],
        "started_at": started_at.isoformat(),
        "ended_at": ended_at.isoformat() if ended_at else None,
        "seen_at": now.isoformat(),
        "last_receipt": _shown(last),
        "missing": sum(observed.values()),
        "observed": {name: observed.get(name, 0) for name in OBSERVED},
        "messages": _messages(config, started_at, ended_at or now),
    }


def _observed(status: str | None, reason: str | None) -> str:
    if status is None:
        return "no_data"
    if status == "HELD":
        return "held"
    if status in {"PENDING", "SENT"} and not reason:
        return "pending"
    known = {meaning.value: name for meaning, name in NAME_OF.items()}
    return "no_answer" if status == "IN_DOUBT" else known.get(reason or "", "refused")


def _messages(config: ComplianceConfig, start: datetime, end: datetime) -> list[str]:
    """What the other side said, the most frequent first."""
    rows = Attempt.objects.filter(
        submission__config_id=config.id, submission__slot_at__gte=start, started_at__lte=end, finished_at__isnull=False
    )
    said = rows.exclude(meaning__in=[Meaning.ACCEPTED.value, Meaning.DUPLICATE.value])
    counted = Counter(_lines(said.values_list("meaning", "message")[:5000]))
    return [f"{line} ({count})" for line, count in counted.most_common(MOST_MESSAGES)]


def _lines(rows: Iterable[tuple[str, str]]) -> Iterable[str]:
    return (message or meaning for meaning, message in rows)


def _shown(last: Receipt | None) -> dict[str, Any] | None:
    return {"slot_at": last.submission.slot_at.isoformat(), "voucher": last.voucher} if last else None
