"""Writes of submissions: moves by compare-and-set, each with its row."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from compliance_service.obligations.operations import start_again
from compliance_service.obligations.works import pace_of
from compliance_service.submissions.models import ComplianceData, Move
from compliance_service.submissions.states import Status, check_move
from shared.errors import Conflict

# Longer than any regulator is waited for; what a dead worker was sending is in doubt after it.
LEASE = timedelta(minutes=5)
SYSTEM = "system"


def move(
    submission: ComplianceData, new: Status, *, at: datetime, by: str = SYSTEM, reason: str = "", **changes: Any
) -> bool:
    """Moves the state if it still is what `submission` says. False when somebody was first. Inside a transaction."""
    old = Status(submission.status)
    check_move(old, new)
    row = ComplianceData.objects.filter(id=submission.id, status=old.value)
    if row.update(status=new.value, **changes) != 1:
        return False
    Move.objects.create(submission_id=submission.id, old=old.value, new=new.value, at=at, by=by, reason=reason)
    return True


def recover(now: datetime) -> int:
    """Sends whose worker died after it began: nobody knows whether they arrived. The next sending's answer tells."""
    dead = ComplianceData.objects.filter(status=Status.SENT.value, leased_until__lt=now)
    if not dead.exists():  # every minute: what there is mostly is none, and to join the works costs more than to see it
        return 0
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
