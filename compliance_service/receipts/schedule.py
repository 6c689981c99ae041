"""When a receipt is read back. Plain Python: the clock is an argument.

Soon after it came, the night after, and then ever more rarely for as long as a fine may come: what the regulator holds
can change on its side. A regulator that does not answer is asked again, later and later.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from compliance_service.authorities.dga.record import Verdict
from shared.clock import REGULATOR_TIME

FIRST = timedelta(minutes=2)
# Nights after a match; the last one repeats.
NIGHTS = (1, 30, 180)
# When nobody else asks much of it.
HOUR_OF_NIGHT = 3
UNANSWERED: Sequence[timedelta] = (timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
# It stored the number, so it may take a while to find it; then a person must look.
UNKNOWN: Sequence[timedelta] = (timedelta(hours=1), timedelta(days=1))


@dataclass(frozen=True, slots=True)
class Next:
    """`at` None: a person must look, and `incident` says what at."""

    at: datetime | None
    incident: bool = False


def first_read(received_at: datetime) -> datetime:
    return received_at + FIRST


def next_read(verdict: Verdict, *, matches: int, tries: int, now: datetime) -> Next:
    """`matches` so far, and `tries` in a row that ended like this one, both with this one counted."""
    if verdict is Verdict.MATCHES:
        return Next(_night(now, NIGHTS[min(matches, len(NIGHTS)) - 1]))
    if verdict is Verdict.DIFFERS:
        return Next(None, incident=True)
    if verdict is Verdict.NOT_FOUND:
        return Next(now + UNKNOWN[tries - 1]) if tries <= len(UNKNOWN) else Next(None, incident=True)
    return Next(now + UNANSWERED[min(tries, len(UNANSWERED)) - 1])


def _night(now: datetime, nights: int) -> datetime:
    local = now.astimezone(REGULATOR_TIME)
    night = local.replace(hour=HOUR_OF_NIGHT, minute=0, second=0, microsecond=0)
    return night + timedelta(days=nights - (local < night))
