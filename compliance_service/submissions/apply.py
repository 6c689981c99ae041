"""Makes of what was decided what is to be sent, or held, or waited for: of many duties in a few statements."""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from compliance_service.authorities.judgement import Decision, Explain, Hold, Send, Wait
from compliance_service.obligations.calendar import next_look
from compliance_service.obligations.models import Obligation, Outcome
from compliance_service.obligations.operations import Evidence, Look, explain_one, look_again, look_at
from compliance_service.submissions.models import ComplianceData
from compliance_service.submissions.operations import SYSTEM, move
from compliance_service.submissions.queries import Duty
from compliance_service.submissions.states import Status
from shared.db.copy import Column, copy_rows

SUBMISSIONS = (
    Column("id", "uuid"),
    Column("obligation_id", "int8"),
    Column("config_id", "uuid"),
    Column("slot_at", "timestamptz"),
    Column("status", "text"),
    Column("document", "jsonb"),
    Column("evidence", "jsonb"),
    Column("held_reason", "text"),
    Column("error_reason", "text"),
    Column("next_attempt_at", "timestamptz"),
    Column("created_at", "timestamptz"),
)
MOVES = (
    Column("submission_id", "uuid"),
    Column("old", "text"),
    Column("new", "text"),
    Column("at", "timestamptz"),
    Column("by", "text"),
    Column("reason", "text"),
)


class Judged(NamedTuple):
    """A duty with what may leave of it, or why nothing may yet."""

    duty: Duty
    decision: Send | Hold


def apply_decisions(decided: Sequence[tuple[Duty, Decision]], *, now: datetime) -> int:
    """Makes or changes the duties' submissions. Says how many are to be sent now."""
    waits: list[Look] = []
    judged: list[Judged] = []
    for duty, decision in decided:
        match decision:
            case Wait(reason):
                waits.append(Look(duty.id, next_look(duty.slot_at, now), reason))
            case Explain():
                _give_up(duty, decision, now)
            case _:
                judged.append(Judged(duty, decision))
    look_at(waits)
    return _keep(judged, now) if judged else 0


def _keep(judged: Sequence[Judged], now: datetime) -> int:
    with transaction.atomic():
        # The duties' rows are the lock: two workers that looked at once must not both make a submission.
        duties = Obligation.objects.filter(id__in=[one.duty.id for one in judged], outcome=Outcome.OPEN)
        still_open = set(duties.order_by("id").select_for_update().values_list("id", flat=True))
        there = ComplianceData.objects.in_bulk(still_open, field_name="obligation_id")
        mine = [one for one in judged if one.duty.id in still_open]
        fresh = [one for one in mine if one.duty.id not in there]
        _make(fresh, now)
        looks = [_look(one, now) for one in fresh]
        ready = sum(isinstance(one.decision, Send) for one in fresh)
        for one in mine:
            held = there.get(one.duty.id)
            if held and held.status == Status.HELD.value and held.sent_at is None:
                _judge_again(held, one.decision, now)
                looks.append(_look(one, now))
                ready += isinstance(one.decision, Send)
        look_at(looks)
    return ready


def _look(one: Judged, now: datetime) -> Look:
    if isinstance(one.decision, Send):
        return Look(one.duty.id, None, "")
    return Look(one.duty.id, next_look(one.duty.slot_at, now), one.decision.reason)


def _give_up(duty: Duty, decision: Explain, now: datetime) -> None:
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


def _make(fresh: Sequence[Judged], now: datetime) -> None:
    named = [(uuid.uuid4(), one) for one in fresh]
    with connection.cursor() as cursor:
        copy_rows(cursor, "compliance_data", SUBMISSIONS, _rows(named, now))
        copy_rows(cursor, "submission_move", MOVES, (_first_move(key, one, now) for key, one in named))


def _rows(named: Sequence[tuple[UUID, Judged]], now: datetime) -> Iterator[tuple[Any, ...]]:
    for key, (duty, decision) in named:
        said = _content(decision, now)
        content = (said["document"], said["evidence"], said["held_reason"], "", said["next_attempt_at"])
        yield key, duty.id, duty.config, duty.slot_at, _status(decision).value, *content, now


def _first_move(key: UUID, one: Judged, now: datetime) -> tuple[Any, ...]:
    reason = one.decision.reason if isinstance(one.decision, Hold) else ""
    return key, "", _status(one.decision).value, now, SYSTEM, reason


def _status(decision: Send | Hold) -> Status:
    return Status.PENDING if isinstance(decision, Send) else Status.HELD


def _judge_again(submission: ComplianceData, decision: Send | Hold, now: datetime) -> None:
    if isinstance(decision, Send):
        move(submission, Status.PENDING, at=now, reason="data_became_good", **_content(decision, now))
    elif decision.reason != submission.held_reason:
        ComplianceData.objects.filter(id=submission.id).update(**_content(decision, now))


def _content(decision: Send | Hold, now: datetime) -> Mapping[str, Any]:
    if isinstance(decision, Send):
        return {"document": decision.document, "evidence": decision.evidence, "held_reason": "", "next_attempt_at": now}
    return {"document": {}, "evidence": decision.evidence, "held_reason": decision.reason, "next_attempt_at": None}
