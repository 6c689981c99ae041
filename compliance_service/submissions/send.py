"""Sends what is due. The attempt is committed before the bytes leave; the network is in no transaction."""

import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction

from compliance_service.authorities.answers import Answer, Meaning, read_exchange
from compliance_service.authorities.classify import Row, classified
from compliance_service.authorities.interface import Authority, Conceal, Credential, Outgoing, Work
from compliance_service.authorities.queries import answer_rows
from compliance_service.authorities.sessions import Session, forget, mark_of
from compliance_service.authorities.turns import gap_of, reserve
from compliance_service.authorities.wire import Exchange, post
from compliance_service.obligations.models import ComplianceConfig
from compliance_service.obligations.operations import stop_config
from compliance_service.obligations.works import authority_for, pace_of, work_of
from compliance_service.submissions.decision import MOST_INVALID, Consequence, consequence, may_send_next
from compliance_service.submissions.departures import Departures, Wait, at_once
from compliance_service.submissions.log_in import Sessions, open_sessions
from compliance_service.submissions.models import Attempt, ComplianceData
from compliance_service.submissions.operations import begin_attempt, move
from compliance_service.submissions.queries import Sendable, last_meanings, sendable
from compliance_service.submissions.states import Status

logger = logging.getLogger(__name__)
MOST_WORKS = 200
THREADS = 4

# (submission, attempt, answer, now): what makes a receipt of an accepted attempt, in the same transaction.
Keep = Callable[[ComplianceData, Attempt, Answer, datetime], None]


@dataclass(frozen=True, slots=True)
class Turn:
    """A submission that may be sent at `at`, and by whom. `owed`: whether more of its work could be."""

    submission: ComplianceData
    owed: int
    at: datetime
    work: Work
    authority: Authority
    credential: Credential | None


@dataclass(frozen=True, slots=True)
class Flight:
    """A claimed submission with everything the wire needs. `grounded`: there is no session, so no byte leaves."""

    turn: Turn
    attempt: Attempt
    was: Status
    outgoing: Outgoing
    session: Session | None
    grounded: Answer | None = None

    def fly(self, leave: Departures) -> Exchange:
        leave.at(self.turn.at)
        if self.grounded:
            return Exchange(sent=False, error=self.grounded.message)
        said = self.outgoing
        allow = list(settings.OUTBOUND_ALLOW)
        return post(said.url, body=said.body, headers=said.headers, timeout_s=said.timeout_s, allow=allow)

    def read(self, exchange: Exchange, now: datetime) -> Answer:
        if self.grounded:
            return self.grounded
        answer = read_exchange(exchange, self.turn.authority.read_answer)
        if answer.meaning is Meaning.SESSION_ENDED and self.session and self.session.is_fresh(now):
            return replace(answer, meaning=Meaning.SESSION_REFUSED)
        return answer


def send_due(now: datetime, *, keep: Keep, conceal: Conceal, wait: Wait = at_once) -> int:
    """Sends one submission of each work that may send; says how many were tried. Works do not wait for one another.

    Between any two requests to a source lies its gap: `wait` lets it pass, where time does not pass by itself.
    """
    turns = _turns(sendable(now=now, limit=MOST_WORKS), now)
    if not turns:
        return 0
    sessions = open_sessions([(turn.authority, turn.credential) for turn in turns if turn.credential], now=now)
    flights = [flight for turn in turns if (flight := _claim(turn, sessions, conceal))]
    _fly(
        flights, answer_rows({turn.submission.config.source_id for turn in turns}, at=now), keep, Departures(now, wait)
    )
    return len(flights)


def _fly(flights: Sequence[Flight], known: Mapping[str, Sequence[Row]], keep: Keep, leave: Departures) -> None:
    # Threads only carry bytes; the database is this thread's alone.
    with ThreadPoolExecutor(max_workers=max(1, min(THREADS, len(flights)))) as pool:
        for flight, exchange in zip(flights, pool.map(lambda flight: flight.fly(leave), flights), strict=True):
            now = flight.turn.at
            answer = classified(flight.read(exchange, now), known[flight.turn.submission.config.source_id])
            try:
                _land(flight, exchange, answer, now, keep)
            except IntegrityError:
                work = flight.turn.work.code
                logger.exception("a voucher that another submission has", extra={"work": work})
                _land(flight, exchange, replace(answer, meaning=Meaning.VOUCHER_OF_ANOTHER), now, keep)


def _turns(items: Sequence[Sendable], now: datetime) -> list[Turn]:
    """Each with an instant that its source's gap allows; those beyond the window wait for the next look."""
    turns: list[Turn] = []
    by_source: dict[str, list[Sendable]] = {}
    for item in items:
        by_source.setdefault(item.submission.config.source_id, []).append(item)
    for code, found in by_source.items():
        gap = gap_of(found[0].submission.config.source.config)
        instants = reserve(code=code, wanted=len(found), gap=gap, now=now)
        turns += [_turn(item.submission, item.owed, at) for item, at in zip(found, instants, strict=False)]
    return turns


def _turn(submission: ComplianceData, owed: int, at: datetime) -> Turn:
    work, authority = work_of(submission.config), authority_for(submission.config)
    return Turn(submission, owed, at, work, authority, authority.credential(work))


def _claim(turn: Turn, sessions: Sessions, conceal: Conceal) -> Flight | None:
    now = turn.at
    session = sessions[mark_of(turn.credential)] if turn.credential else None
    if turn.credential and session is None:
        return None  # another process is logging in: this submission goes with its token
    grounded = session if isinstance(session, Answer) else None
    token = session.token.text if isinstance(session, Session) else ""
    said = turn.authority.request(turn.work, turn.submission.document, token=token, conceal=conceal, now=now)
    was = Status(turn.submission.status)
    mac = conceal("request", said.body).encode()
    attempt = begin_attempt(
        turn.submission, url=said.url, headers=said.kept_headers, body=said.kept_body, mac=mac, now=now
    )
    if attempt is None:
        return None
    return Flight(turn, attempt, was, said, session if isinstance(session, Session) else None, grounded)


def _land(flight: Flight, exchange: Exchange, answer: Answer, now: datetime, keep: Keep) -> None:
    submission, config = flight.turn.submission, flight.turn.submission.config
    pace = pace_of(config)
    after = consequence(answer, sent_at=now, was=flight.was, pace=pace)
    if answer.meaning is Meaning.SESSION_ENDED and flight.session:
        forget(flight.session)
    with transaction.atomic():
        _finish(flight.attempt, exchange, answer, now)
        if not move(submission, after.status, at=now, reason=after.reason, **_changes(after, now)):
            # Its lease ran out and it was called in doubt: the answer is kept with the attempt, the next one decides.
            logger.warning("answer came after the lease", extra={"submission": str(submission.id)})
            return
        if after.status is Status.CONFIRMED:
            keep(submission, flight.attempt, answer, now)
        if after.stop or (answer.meaning is Meaning.INVALID and _goes_on(config)):
            stop_config(config_id=config.id, reason=answer.message or after.reason, now=now)
        pause = may_send_next(owed=flight.turn.owed, sent_at=now, pace=pace)
        ComplianceConfig.objects.filter(id=config.id).exclude(next_send_at=pause).update(next_send_at=pause)
    level = logging.INFO if after.status is Status.CONFIRMED else logging.WARNING
    logger.log(level, "submission answered", extra={"work": config.work_code, "meaning": after.reason})


def _goes_on(config: ComplianceConfig) -> bool:
    """The last documents, this one among them, were all refused as invalid."""
    last = last_meanings(config.id, MOST_INVALID)
    return len(last) == MOST_INVALID and set(last) == {Meaning.INVALID.value}


def _changes(after: Consequence, now: datetime) -> dict[str, Any]:
    return {
        "leased_until": None,
        "next_attempt_at": after.next_attempt_at,
        "held_reason": after.reason if after.status is Status.HELD else "",
        "error_reason": after.reason if after.next_attempt_at else "",
        "confirmed_at": now if after.status is Status.CONFIRMED else None,
        "taken_at": now if after.taken else None,
    }


def _finish(attempt: Attempt, exchange: Exchange, answer: Answer, now: datetime) -> None:
    Attempt.objects.filter(id=attempt.id).update(
        finished_at=now,
        response_status=exchange.status,
        response_headers=dict(exchange.headers),
        response_body=exchange.body,
        meaning=answer.meaning.value,
        message=answer.message[:300],
    )
