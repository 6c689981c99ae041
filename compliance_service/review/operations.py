"""A person's verdicts on held hours: each its own transaction and compare-and-set, so that one stops no other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from compliance_service.obligations.models import Obligation
from compliance_service.obligations.models import Outcome as Ended
from compliance_service.obligations.operations import Evidence, explain_one, look_again
from compliance_service.obligations.works import pace_of
from compliance_service.receipts.operations import keep_found_voucher
from compliance_service.review.models import Review
from compliance_service.review.queries import Waiting, waiting
from compliance_service.review.verdicts import Action, Asked, Kind, Outcome, judge
from compliance_service.submissions.models import ComplianceData
from compliance_service.submissions.operations import move
from compliance_service.submissions.states import Status

DONE = {Action.ACCEPT: "accepted", Action.CORRECT: "corrected", Action.DISCARD: "discarded"}


@dataclass(frozen=True, slots=True)
class Item:
    """`seen`: the mark of what the reviewer looked at."""

    submission: UUID
    seen: str
    values: Mapping[str, float]
    voucher: str


@dataclass(frozen=True, slots=True)
class Reviewer:
    """Who decides, and when the password was last shown."""

    name: str
    proved_at: datetime


@dataclass(frozen=True, slots=True)
class Decision:
    action: Action
    note: str
    cause: str
    by: Reviewer


def review(*, decision: Decision, items: Iterable[Item], now: datetime) -> list[tuple[UUID, str]]:
    """A verdict for each: what was done, or the code of why not (docs/compliance.md)."""
    return [(item.submission, _review_one(decision, item, now)) for item in items]


def _review_one(decision: Decision, item: Item, now: datetime) -> str:
    try:
        with transaction.atomic():
            return _decide(decision, item, now)
    except IntegrityError:  # receipt_voucher_once: another hour has this voucher
        return "voucher_of_another"


def _decide(decision: Decision, item: Item, now: datetime) -> str:
    found = _locked(item.submission)
    if found is None:
        return "not_held"
    if found.held.seen != item.seen:
        return "changed"
    outcome = judge(found.held, Asked(decision.action, item.values, item.voucher), found.form)
    if outcome.refusal:
        return outcome.refusal
    _note(decision, item, found, outcome, now)
    return DONE[decision.action] if _carry_out(decision, item, found, outcome, now) else "changed"


def _locked(submission_id: UUID) -> Waiting | None:
    """The held hour, with its duty's row locked: two reviewers, or a reviewer and a worker, take turns."""
    duty = Obligation.objects.select_for_update().filter(submission__id=submission_id, outcome=Ended.OPEN).first()
    found = waiting(submission_id) if duty else None
    return found if found and found.submission.status == Status.HELD.value else None


def _note(decision: Decision, item: Item, found: Waiting, outcome: Outcome, now: datetime) -> None:
    row = found.submission
    given: dict[str, Any] = {"document": outcome.document} if outcome.document else {}
    given |= {"values": dict(item.values)} if item.values else {}
    given |= {"voucher": item.voucher} if item.voucher else {}
    Review.objects.create(
        submission=row,
        action=decision.action.value,
        cause=decision.cause,
        note=decision.note,
        seen={"held_reason": row.held_reason, "document": row.document, "evidence": row.evidence},
        given=given,
        by=decision.by.name,
        at=now,
        proved_at=decision.by.proved_at,
    )


def _carry_out(decision: Decision, item: Item, found: Waiting, outcome: Outcome, now: datetime) -> bool:
    row, by = found.submission, decision.by.name
    if decision.action is Action.DISCARD:
        duty, cause = row.obligation_id, decision.cause
        known = {"submission": str(row.id), "status": row.status, "held_reason": row.held_reason}
        said = Evidence(found={duty: known}).of(duty, waiting_for=row.obligation.waiting_for)
        return explain_one(obligation_id=duty, cause=cause, note=decision.note, by=by, now=now, evidence=said)
    if found.held.kind is Kind.TAKEN:
        return _confirm(row, item.voucher, by, now)
    changes = {"document": outcome.document, "held_reason": "", "next_attempt_at": _earliest(row, now)}
    look_again(obligation_id=row.obligation_id, at=None, waiting_for="")
    return move(row, Status.PENDING, at=now, by=by, reason=f"{DONE[decision.action]}_by_person", **changes)


def _confirm(row: ComplianceData, voucher: str, by: str, now: datetime) -> bool:
    """The regulator has it: with the voucher that a person found there it is a receipt, which is then read back."""
    changes: dict[str, Any] = {"held_reason": "", "confirmed_at": now}
    if not move(row, Status.CONFIRMED, at=now, by=by, reason="voucher_found", **changes):
        return False
    keep_found_voucher(submission=row, voucher=voucher, now=now)
    return True


def _earliest(row: ComplianceData, now: datetime) -> datetime:
    """What left once goes again when its authority allows it at the earliest."""
    return max(now, row.sent_at + pace_of(row.config).refused) if row.sent_at else now
