"""Lands answers: what came back, what follows from it, and the receipts, of many submissions in one transaction."""

import json
import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from compliance_service.authorities.answers import Answer, Meaning
from compliance_service.authorities.wire import Exchange
from compliance_service.obligations.operations import stop_config
from compliance_service.submissions.decision import MOST_INVALID, Consequence, consequence, may_send_next
from compliance_service.submissions.flights import Flight
from compliance_service.submissions.models import ComplianceData
from compliance_service.submissions.operations import SYSTEM, move
from compliance_service.submissions.queries import last_meanings
from compliance_service.submissions.states import Status, check_move
from shared.db.unnest import by_column

logger = logging.getLogger(__name__)

FINISH = """
UPDATE submission_attempt attempt
   SET finished_at = said.at, response_status = said.status, response_headers = said.headers::jsonb,
       response_body = said.body, meaning = said.meaning, message = said.message
  FROM unnest(%s::bigint[], %s::timestamptz[], %s::int[], %s::text[], %s::bytea[], %s::text[], %s::text[])
       AS said(id, at, status, headers, body, meaning, message)
 WHERE attempt.id = said.id
"""
# By the state and the instant of the claim: an answer never moves a submission that was claimed anew meanwhile. The
# old state is given: with a constant the planner may go through an index that every submission has passed.
MOVE = """
WITH said AS (
    SELECT * FROM unnest(%s::int[], %s::uuid[], %s::timestamptz[], %s::text[], %s::text[], %s::text[],
                         %s::timestamptz[], %s::text[], %s::text[], %s::timestamptz[], %s::timestamptz[])
        AS said(place, id, at, old, new, reason, next_attempt_at, held_reason, error_reason, confirmed_at, taken_at)
), moved AS (
    UPDATE compliance_data submission
       SET status = said.new, leased_until = NULL, next_attempt_at = said.next_attempt_at,
           held_reason = said.held_reason, error_reason = said.error_reason, confirmed_at = said.confirmed_at,
           taken_at = said.taken_at
      FROM said WHERE submission.id = said.id AND submission.status = said.old AND submission.sent_at = said.at
    RETURNING submission.id
)
INSERT INTO submission_move (submission_id, old, new, at, by, reason)
SELECT id, old, new, at, %s, reason FROM said JOIN moved USING (id) ORDER BY place
RETURNING submission_id
"""
# Only the pause that its own claim began: where an answer took longer than that, another send may have begun the next.
PAUSE = """
WITH said AS (
    SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::timestamptz[]) AS said(id, claimed, until)
), held AS (
    SELECT config.id, said.until FROM compliance_config config JOIN said USING (id)
     WHERE config.next_send_at = said.claimed AND config.next_send_at IS DISTINCT FROM said.until
     ORDER BY id FOR NO KEY UPDATE OF config
)
UPDATE compliance_config config SET next_send_at = held.until FROM held WHERE config.id = held.id
"""


@dataclass(frozen=True, slots=True)
class Accepted:
    """An attempt that brought a voucher, or found the one of before."""

    submission: UUID
    obligation: int
    source: str
    attempt: int
    answer: Answer
    at: datetime


# What makes receipts of accepted attempts, in the transaction that confirms their submissions.
Keep = Callable[[Sequence[Accepted]], None]


@dataclass(frozen=True, slots=True)
class Landing:
    """A flight with what came back."""

    flight: Flight
    exchange: Exchange
    answer: Answer

    @property
    def after(self) -> Consequence:
        turn = self.flight.turn
        return consequence(self.answer, sent_at=turn.at, was=turn.submission.status, pace=turn.pace)

    def accepted(self) -> Accepted:
        turn = self.flight.turn
        said = turn.submission
        return Accepted(said.id, said.obligation, said.source, self.flight.attempt, self.answer, turn.at)


def land(landings: Sequence[Landing], keep: Keep) -> None:
    """All at once; where one has the voucher of another submission, each by itself, and a person looks at that one."""
    try:
        with transaction.atomic():
            _land(landings, keep)
    except IntegrityError:
        if len(landings) > 1:
            for landing in landings:
                land([landing], keep)
            return
        (landing,) = landings
        if landing.answer.meaning is Meaning.VOUCHER_OF_ANOTHER:
            raise
        work = landing.flight.turn.reporter.work.code
        logger.exception("a voucher that another submission has", extra={"work": work})
        land([replace(landing, answer=replace(landing.answer, meaning=Meaning.VOUCHER_OF_ANOTHER))], keep)


def _land(landings: Sequence[Landing], keep: Keep) -> None:
    decided = [(landing, landing.after) for landing in landings]
    with connection.cursor() as cursor:
        cursor.execute(FINISH, by_column([_finish_row(landing) for landing in landings]))
        rows = [_move_row(place, landing, after) for place, (landing, after) in enumerate(decided)]
        cursor.execute(MOVE, [*by_column(rows), SYSTEM])
        moved = {submission for (submission,) in cursor.fetchall()}
        moved |= {landing.flight.turn.submission.id for landing, after in decided if _came_late(landing, after, moved)}
        ours = [(landing, after) for landing, after in decided if landing.flight.turn.submission.id in moved]
        keep([landing.accepted() for landing, after in ours if after.status is Status.CONFIRMED])
        for landing, after in ours:
            _stop_where_it_must(landing, after)
        if ours:
            cursor.execute(PAUSE, by_column([_pause_row(landing) for landing, _ in ours]))
    _tell(decided, moved)


def _came_late(landing: Landing, after: Consequence, moved: Collection[UUID]) -> bool:
    """The regulator has what we had called in doubt when its lease ran out: it ends, for nobody may send it again."""
    submission = landing.flight.turn.submission.id
    if submission in moved or not after.taken:
        return False
    doubt = ComplianceData.objects.filter(id=submission, status=Status.IN_DOUBT.value).first()
    at = landing.flight.turn.at
    changes: dict[str, Any] = {
        "next_attempt_at": None,
        "held_reason": after.reason if after.status is Status.HELD else "",
        "error_reason": "",
        "confirmed_at": at if after.status is Status.CONFIRMED else None,
        "taken_at": at,
    }
    return doubt is not None and move(doubt, after.status, at=at, reason=after.reason, **changes)


def _stop_where_it_must(landing: Landing, after: Consequence) -> None:
    config = landing.flight.turn.submission.config
    if after.stop or (landing.answer.meaning is Meaning.INVALID and _goes_on(config)):
        stop_config(config_id=config, reason=landing.answer.message or after.reason, now=landing.flight.turn.at)


def _goes_on(config: UUID) -> bool:
    """The last documents, this one among them, were all refused as invalid."""
    last = last_meanings(config, MOST_INVALID)
    return len(last) == MOST_INVALID and set(last) == {Meaning.INVALID.value}


def _finish_row(landing: Landing) -> tuple[object, ...]:
    said, answer = landing.exchange, landing.answer
    at, headers = landing.flight.turn.at, json.dumps(dict(said.headers))
    return landing.flight.attempt, at, said.status, headers, said.body, answer.meaning.value, answer.message[:300]


def _move_row(place: int, landing: Landing, after: Consequence) -> tuple[object, ...]:
    at = landing.flight.turn.at
    check_move(Status.SENT, after.status)
    return (
        place,
        landing.flight.turn.submission.id,
        at,
        Status.SENT.value,
        after.status.value,
        after.reason,
        after.next_attempt_at,
        after.reason if after.status is Status.HELD else "",
        after.reason if after.next_attempt_at else "",
        at if after.status is Status.CONFIRMED else None,
        at if after.taken else None,
    )


def _pause_row(landing: Landing) -> tuple[object, ...]:
    turn = landing.flight.turn
    claimed, until = (may_send_next(owed=owed, sent_at=turn.at, pace=turn.pace) for owed in (1, turn.submission.owed))
    return turn.submission.config, claimed, until


def _tell(decided: Sequence[tuple[Landing, Consequence]], moved: set[UUID]) -> None:
    for landing, after in decided:
        turn = landing.flight.turn
        if turn.submission.id not in moved:
            # Its lease ran out: in doubt, or sent anew. The answer is kept with its attempt; the next one decides.
            logger.warning("answer came after the lease", extra={"submission": str(turn.submission.id)})
            continue
        level = logging.INFO if after.status is Status.CONFIRMED else logging.WARNING
        logger.log(level, "submission answered", extra={"work": turn.reporter.work.code, "meaning": after.reason})
