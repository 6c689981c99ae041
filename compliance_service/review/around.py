"""The hours before and after a held one, as a reviewer compares them: what was measured, what became of each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from compliance_service.obligations.models import Obligation
from compliance_service.review.verdicts import numbers_of
from compliance_service.submissions.models import ComplianceData

MOST = 24


@dataclass(frozen=True, slots=True)
class Neighbour:
    """`state`: of the submission, else of the duty. `numbers`: as measured, by variable; `document`: as it leaves."""

    slot_at: datetime
    state: str
    reason: str
    numbers: Mapping[str, float | None]
    document: Mapping[str, Any]


def around(submission: ComplianceData, *, count: int) -> list[Neighbour]:
    """Up to `count` duties on either side, and the one in the middle, by hour. Found by obligation_slot_once."""
    duties = Obligation.objects.filter(config_id=submission.config_id).select_related("submission")
    before = duties.filter(slot_at__lt=submission.slot_at).order_by("-slot_at")[:count]
    after = duties.filter(slot_at__gte=submission.slot_at).order_by("slot_at")[: count + 1]
    return [_neighbour(duty) for duty in (*reversed(before), *after)]


def _neighbour(duty: Obligation) -> Neighbour:
    found: ComplianceData | None = getattr(duty, "submission", None)
    if found is None:
        return Neighbour(duty.slot_at, f"duty_{duty.outcome}", duty.cause or duty.waiting_for, {}, {})
    state = found.status if duty.outcome != "explained" else "duty_explained"
    reason = found.held_reason or found.error_reason or duty.cause
    return Neighbour(duty.slot_at, state, reason, numbers_of(found.evidence), found.document)
