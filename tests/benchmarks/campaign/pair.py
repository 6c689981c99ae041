"""Hours pass on a virtual clock, and two processes of the product do what is due in each, as worker and sweep do.

While one looks for an hour's data, the other seals the hour before. Then they send in turns: a look begins as soon as
the one before it has claimed what it sends, at the instant for which the rows ask.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from multiprocessing.connection import Connection
from typing import Any

from tests.benchmarks.campaign.days import HOUR, LOOK, measured
from tests.benchmarks.campaign.workers import FORK

CLAIMED = "claimed"
Say = Callable[[Any], None]


def open_hour(now: datetime, _: Say) -> int:
    from compliance_service.obligations.making import make_ahead
    from compliance_service.submissions.operations import recover
    from compliance_service.submissions.prepare import prepare

    make_ahead(now)
    recover(now)
    return prepare(now, read=measured)


def send(now: datetime, say: Say) -> int:
    """Says that it has claimed when the first of its requests may leave."""
    from compliance_service.ledger.concealment import concealer
    from compliance_service.receipts.operations import keep_receipts
    from compliance_service.submissions.prepare import prepare
    from compliance_service.submissions.send import send_due

    told: list[float] = []

    def leaves(seconds: float) -> None:
        if not told:
            told.append(seconds)
            say(CLAIMED)

    prepare(now, read=measured)
    return send_due(now, keep=keep_receipts, conceal=concealer(now), wait=leaves)


def seal(now: datetime, _: Say) -> int:
    from compliance_service.ledger.operations import seal

    return seal(now)


def _serve(pipe: Connection) -> None:
    while True:
        act, now = pipe.recv()
        pipe.send(act(now, pipe.send))


class Mate:
    """One of the two. What it does goes on until it is waited for."""

    def __init__(self) -> None:
        self._pipe, theirs = FORK.Pipe()
        self.process = FORK.Process(target=_serve, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self._is_busy = False
        self.did = 0

    def begin(self, act: Callable[[datetime, Say], int], now: datetime) -> None:
        self.end()
        self._pipe.send((act, now))
        self._is_busy = True

    def until_claimed(self) -> None:
        self._hear()

    def end(self) -> int:
        """What its last act came to."""
        while self._is_busy:
            self._hear()
        return self.did

    def _hear(self) -> None:
        """EOFError where it died: a fault, and this is no benchmark then."""
        said = self._pipe.recv()
        if said != CLAIMED:
            self.did, self._is_busy = said, False


@contextmanager
def pair() -> Iterator[tuple[Mate, Mate]]:
    """Forked: nothing of this process may hold the database while they start."""
    from django.db import connections

    connections.close_all()
    mates = Mate(), Mate()
    try:
        yield mates
    finally:
        for mate in mates:
            mate.process.terminate()
            mate.process.join()


def pass_hours(mates: tuple[Mate, Mate], start: datetime, hours: int) -> Iterator[datetime]:
    """As days.pass_hours; what an hour sent is sealed in the next, and in the end."""
    one, other = mates
    for begins in (start + hour * HOUR for hour in range(hours)):
        one.begin(open_hour, begins + LOOK)
        other.begin(seal, begins)
        one.end()
        one, other = _send_all(one, other, begins + LOOK, begins + HOUR)
        yield begins + HOUR
    other.end()
    one.begin(seal, start + hours * HOUR)
    one.end()


def _send_all(one: Mate, other: Mate, now: datetime, ends: datetime) -> tuple[Mate, Mate]:
    """Looks until nothing falls due before `ends`; says whose turn is next."""
    from compliance_service.submissions.queries import next_wake

    while True:
        wake = next_wake(now)
        if wake is None or wake >= ends:
            # What is under way may have to be sent again within the hour.
            one.end(), other.end()
            wake = next_wake(now)
            if wake is None or wake >= ends:
                return one, other
        # A look that finds nothing to send, or nothing that it may, is followed by a later one.
        now = max(wake, now + timedelta(seconds=1)) if one.did == 0 or other.did == 0 else wake
        one.begin(send, now)
        one.until_claimed()
        one, other = other, one
