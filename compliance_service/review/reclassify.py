"""A person said what words mean: the hours that were held for them go where the words lead."""

from datetime import datetime
from typing import Any

from django.db import transaction

from compliance_service.authorities.answers import Answer, Meaning
from compliance_service.authorities.classify import classified
from compliance_service.authorities.queries import answer_rows
from compliance_service.obligations.models import Obligation, Outcome
from compliance_service.obligations.operations import stop_config
from compliance_service.obligations.works import pace_of
from compliance_service.receipts.operations import keep_found_voucher
from compliance_service.submissions.decision import Consequence, consequence
from compliance_service.submissions.models import ComplianceData
from compliance_service.submissions.operations import move
from compliance_service.submissions.queries import held_as_unknown, last_message
from compliance_service.submissions.states import Status


def reclassify(*, code: str, by: str, now: datetime) -> int:
    """Asks the rows in force about every hour of the source that is held as unknown; says how many moved."""
    rows = answer_rows([code], at=now)[code]
    count = 0
    for submission in held_as_unknown(code):
        answer = classified(Answer(Meaning.UNKNOWN, message=last_message(submission.id)), rows)
        if answer.meaning is not Meaning.UNKNOWN:
            with transaction.atomic():
                count += _follow(submission, answer, by, now)
    return count


def _follow(submission: ComplianceData, answer: Answer, by: str, now: datetime) -> bool:
    Obligation.objects.select_for_update().filter(id=submission.obligation_id).first()
    if not Obligation.objects.filter(id=submission.obligation_id, outcome=Outcome.OPEN).exists():
        return False
    sent_at = submission.sent_at or now
    after = consequence(answer, sent_at=sent_at, was=Status.PENDING, pace=pace_of(submission.config))
    if after.status is Status.HELD:
        return _hold_for_ever(submission, after, now)
    new = Status.PENDING if after.status is Status.ERROR else after.status
    changes: dict[str, Any] = {"held_reason": "", "next_attempt_at": _at(after, now)}
    if after.taken:
        changes |= {"taken_at": now, "confirmed_at": now}
    if not move(submission, new, at=now, by=by, reason=f"classified_{answer.meaning.value}"[:60], **changes):
        return False
    if after.taken:
        keep_found_voucher(submission=submission, voucher=answer.voucher, now=now)
    if after.stop:
        stop_config(config_id=submission.config_id, reason=answer.message, now=now)
    return True


def _hold_for_ever(submission: ComplianceData, after: Consequence, now: datetime) -> bool:
    """It is there already, and no voucher came: it stays held, and is never sent again."""
    row = ComplianceData.objects.filter(id=submission.id, status=Status.HELD.value)
    return row.update(held_reason=after.reason, taken_at=now) == 1


def _at(after: Consequence, now: datetime) -> datetime | None:
    return max(now, after.next_attempt_at) if after.next_attempt_at else None
