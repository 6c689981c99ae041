"""Sends what is due. The attempts are committed before the bytes leave; the network is in no transaction."""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from datetime import datetime

from compliance_service.authorities.answers import Answer, Meaning
from compliance_service.authorities.classify import Row, classified
from compliance_service.authorities.interface import Conceal
from compliance_service.authorities.queries import answer_rows
from compliance_service.authorities.sessions import Session, forget, mark_of
from compliance_service.authorities.turns import gap_of, reserve, room
from compliance_service.authorities.wire import Exchange
from compliance_service.obligations.works import reporters
from compliance_service.submissions.claim import claim
from compliance_service.submissions.departures import Departures, Wait, at_once
from compliance_service.submissions.flights import Draft, Flight, Turn
from compliance_service.submissions.land import Keep, Landing, land
from compliance_service.submissions.log_in import Sessions, open_sessions
from compliance_service.submissions.queries import Sendable, sendable

MOST_WORKS = 200
THREADS = 4
# Answers that came within so many seconds land together: a worker that dies leaves no more of them in doubt.
GATHER_S = 0.25


def send_due(now: datetime, *, keep: Keep, conceal: Conceal, wait: Wait = at_once) -> int:
    """Sends one submission of each work that may send; says how many were tried. Works do not wait for one another.

    Between any two requests to a source lies its gap: `wait` lets it pass, where time does not pass by itself.
    """
    turns = _turns(sendable(now=now, room=room(now, most=MOST_WORKS)), now)
    if not turns:
        return 0
    sessions = open_sessions([(turn.authority, turn.credential) for turn in turns if turn.credential], now=now)
    flights = claim([draft for turn in turns if (draft := _draft(turn, sessions, conceal))])
    known = answer_rows({turn.submission.source for turn in turns}, at=now)
    for came in _fly(flights, Departures(now, wait)):
        land([_landing(flight, exchange, known) for flight, exchange in came], keep)
    return len(flights)


def _fly(flights: Sequence[Flight], leave: Departures) -> Iterator[list[tuple[Flight, Exchange]]]:
    """What came back, as it comes. Threads only carry bytes; the database is this thread's alone."""
    if not flights:
        return
    with ThreadPoolExecutor(max_workers=min(THREADS, len(flights))) as pool:
        under_way: dict[Future[Exchange], Flight] = {pool.submit(flight.fly, leave): flight for flight in flights}
        while under_way:
            wait_for(under_way, timeout=GATHER_S)
            came = [future for future in under_way if future.done()]
            if came:
                yield [(under_way.pop(future), future.result()) for future in came]


def _landing(flight: Flight, exchange: Exchange, known: Mapping[str, Sequence[Row]]) -> Landing:
    answer = classified(flight.read(exchange), known[flight.turn.submission.source])
    if answer.meaning is Meaning.SESSION_ENDED and flight.draft.session:
        forget(flight.draft.session)
    return Landing(flight, exchange, answer)


def _turns(items: Sequence[Sendable], now: datetime) -> list[Turn]:
    """Each with an instant that its source's gap allows; those beyond the window wait for the next look."""
    turns: list[Turn] = []
    by_source: dict[str, list[Sendable]] = {}
    for item in items:
        by_source.setdefault(item.source, []).append(item)
    who = reporters({item.config for item in items}) if items else {}
    for code, found in by_source.items():
        gap = gap_of(who[found[0].config].work.rules)
        instants = reserve(code=code, wanted=len(found), gap=gap, now=now)
        for item, at in zip(found, instants, strict=False):
            reporter = who[item.config]
            turns.append(Turn(item, at, reporter, reporter.authority.credential(reporter.work)))
    return turns


def _draft(turn: Turn, sessions: Sessions, conceal: Conceal) -> Draft | None:
    session = sessions[mark_of(turn.credential)] if turn.credential else None
    if turn.credential and session is None:
        return None  # another process is logging in: this submission goes with its token
    grounded = session if isinstance(session, Answer) else None
    kept = session if isinstance(session, Session) else None
    said = turn.authority.request(
        turn.reporter.work,
        turn.document(),
        token=kept.token.text if kept else "",
        conceal=conceal,
        now=turn.at,
    )
    return Draft(turn, said, conceal("request", said.body), kept, grounded)
