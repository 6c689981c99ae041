"""Writes of submissions: moves by compare-and-set, each with its row."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from compliance_service.authorities.judgement import Decision, Explain, Hold, Send, Wait
from compliance_service.obligations.calendar import next_look
from compliance_service.obligations.models import ComplianceConfig, Obligation, Outcome
from compliance_service.obligations.operations import Evidence, explain_one, look_again, start_again
from compliance_service.obligations.works import pace_of
from compliance_service.submissions.decision import may_send_next
from compliance_service.submissions.models import Attempt, ComplianceData, Move
from compliance_service.submissions.states import Status, may_move
from shared.errors import Conflict

# Longer than any regulator is waited for; what a dead worker was sending is in doubt after it.
LEASE = timedelta(minutes=5)
SYSTEM = "system"


def move(
    submission: ComplianceData, new: Status, *, at: datetime, by: str = SYSTEM, reason: str = "", **changes: Any
) -> bool:
    """Moves the state if it still is what `submission` says. False when somebody was first. Inside a transaction."""
    old = Status(submission.status)
    if not may_move(old, new):
        raise ValueError(f"a submission does not go from {old} to {new}")
    row = ComplianceData.objects.filter(id=submission.id, status=old.value)
    if row.update(status=new.value, **changes) != 1:
        return False
    Move.objects.create(submission_id=submission.id, old=old.value, new=new.value, at=at, by=by, reason=reason)
    return True


def apply_decision(duty: Obligation, decision: Decision, *, now: datetime) -> bool:
    """Makes or changes the duty's submission. True when something is to be sent now."""
    if isinstance(decision, Explain):
        return _give_up(duty, decision, now)
    if isinstance(decision, Wait):
        look_again(obligation_id=duty.id, at=next_look(duty.slot_at, now), waiting_for=decision.reason)
        return False
    with transaction.atomic():
        # The duty's row is the lock: two workers that looked at once must not both make its submission.
        if not Obligation.objects.select_for_update().filter(id=duty.id, outcome=Outcome.OPEN).exists():
            return False
        submission = ComplianceData.objects.filter(obligation_id=duty.id).first()
        if submission is None:
            submission = _create(duty, decision, now)
        elif submission.status == Status.HELD.value and submission.sent_at is None:
            _judge_again(submission, decision, now)
        else:
            return False
        is_held = submission.status == Status.HELD.value
        at = next_look(duty.slot_at, now) if is_held else None
        look_again(obligation_id=duty.id, at=at, waiting_for=submission.held_reason if is_held else "")
    return not is_held


def _give_up(duty: Obligation, decision: Explain, now: datetime) -> bool:
    """What is held waits for a person; what never came is explained."""
    with transaction.atomic():
        Obligation.objects.select_for_update().filter(id=duty.id).first()
        if ComplianceData.objects.filter(obligation_id=duty.id).exists():
            look_again(obligation_id=duty.id, at=None, waiting_for=decision.cause)
        else:
            said = Evidence().of(duty.id, waiting_for=duty.waiting_for)
            explain_one(
                obligation_id=duty.id, cause=decision.cause, note=decision.note, by=SYSTEM, now=now, evidence=said
            )
    return False


def _create(duty: Obligation, decision: Send | Hold, now: datetime) -> ComplianceData:
    new = Status.PENDING if isinstance(decision, Send) else Status.HELD
    submission = ComplianceData.objects.create(
        obligation=duty,
        config_id=duty.config_id,
        slot_at=duty.slot_at,
        status=new.value,
        created_at=now,
        **_content(decision, now),
    )
    reason = decision.reason if isinstance(decision, Hold) else ""
    Move.objects.create(submission=submission, new=new.value, at=now, by=SYSTEM, reason=reason)
    return submission


def _judge_again(submission: ComplianceData, decision: Send | Hold, now: datetime) -> None:
    if isinstance(decision, Send):
        move(submission, Status.PENDING, at=now, reason="data_became_good", **_content(decision, now))
        submission.status, submission.held_reason = Status.PENDING.value, ""
    elif decision.reason != submission.held_reason:
        ComplianceData.objects.filter(id=submission.id).update(**_content(decision, now))
        submission.held_reason = decision.reason


def _content(decision: Send | Hold, now: datetime) -> dict[str, Any]:
    if isinstance(decision, Send):
        return {"document": decision.document, "evidence": decision.evidence, "held_reason": "", "next_attempt_at": now}
    return {"document": {}, "evidence": decision.evidence, "held_reason": decision.reason, "next_attempt_at": None}


def begin_attempt(
    submission: ComplianceData, *, url: str, headers: Mapping[str, str], body: bytes, mac: bytes, now: datetime
) -> Attempt | None:
    """Claims the submission and writes the attempt, committed before any byte leaves. None when another was first."""
    with transaction.atomic():
        if not _take_turn(submission.config, now):
            return None
        changes: dict[str, Any] = {"leased_until": now + LEASE, "sent_at": now, "next_attempt_at": None}
        if not move(submission, Status.SENT, at=now, **changes):
            return None
        submission.status = Status.SENT.value
        number = Attempt.objects.filter(submission_id=submission.id).count() + 1
        return Attempt.objects.create(
            submission=submission,
            number=number,
            started_at=now,
            url=url,
            request_headers=dict(headers),
            request_body=body,
            request_mac=mac,
        )


def _take_turn(config: ComplianceConfig, now: datetime) -> bool:
    """A work sends one at a time: its pause begins with the claim, and the landing ends it where nothing is owed."""
    free = Q(next_send_at=None) | Q(next_send_at__lte=now)
    turn = ComplianceConfig.objects.filter(free, id=config.id)
    return turn.update(next_send_at=may_send_next(owed=1, sent_at=now, pace=pace_of(config))) == 1


def recover(now: datetime) -> int:
    """Sends whose worker died after it began: nobody knows whether they arrived. The next sending's answer tells."""
    dead = ComplianceData.objects.filter(status=Status.SENT.value, leased_until__lt=now)
    count = 0
    for submission in dead.select_related("config__source")[:500]:
        again = (submission.sent_at or now) + pace_of(submission.config).in_doubt
        with transaction.atomic():
            changes: dict[str, Any] = {"next_attempt_at": again, "leased_until": None, "error_reason": "worker_died"}
            count += move(submission, Status.IN_DOUBT, at=now, reason="worker_died", **changes)
    return count


def resume(*, config_id: UUID, by: str, now: datetime) -> int:
    """A person mended what the source objected to: the work goes on, and what it rejected is sent again.

    Not before its authority's pause for what was not accepted. Says how many submissions.
    """
    with transaction.atomic():
        rejected = ComplianceData.objects.filter(config_id=config_id, status=Status.REJECTED.value)
        if not start_again(config_id=config_id) and not rejected.exists():
            raise Conflict("Esta obra no está detenida.")
        return sum(_release(submission, by, now) for submission in rejected.select_related("config__source"))


def _release(submission: ComplianceData, by: str, now: datetime) -> bool:
    again = (submission.sent_at or now) + pace_of(submission.config).refused
    return move(submission, Status.PENDING, at=now, by=by, reason="resumed", next_attempt_at=max(now, again))
