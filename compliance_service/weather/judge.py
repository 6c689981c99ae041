"""Whether a regulator is down, or one of our works is wrong: what tells them apart is how the others fare."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from uuid import UUID

from compliance_service.authorities.answers import Meaning

# Hourly works all try within an hour.
WINDOW = timedelta(hours=1)
# So many works without an answer, or all there are, are not a coincidence; and so many tries.
FEWEST_WORKS, FEWEST_TRIES = 3, 3
# From this share of unanswered tries on it is not fair.
MIXED_FROM = 0.25
# Nobody of theirs said anything: a page, a gateway's word, silence, a closed door.
UNANSWERED = frozenset({Meaning.UNREADABLE, Meaning.NO_ANSWER, Meaning.NOT_SENT})


class Sky(StrEnum):
    CLEAR = "clear"
    MIXED = "mixed"
    DOWN = "down"
    UNKNOWN = "unknown"  # nobody tried, or too few to tell


@dataclass(frozen=True, slots=True)
class Tally:
    """The attempts of a work in the window, and how many of them the regulator itself said nothing to."""

    work: UUID
    tries: int
    unanswered: int

    @property
    def is_silent(self) -> bool:
        return self.unanswered == self.tries


@dataclass(frozen=True, slots=True)
class Weather:
    """`ours`: works that got no answer while others did. Something is wrong with those, not with the regulator."""

    sky: Sky
    tries: int
    unanswered: int
    ours: Sequence[UUID] = ()


def judge(tallies: Sequence[Tally], *, works: int) -> Weather:
    """`tallies`: those of the window; `works`: how many report to the regulator."""
    tries, away = sum(one.tries for one in tallies), sum(one.unanswered for one in tallies)
    silent = [one for one in tallies if one.is_silent]
    if away == tries:
        enough = len(silent) >= min(FEWEST_WORKS, works) and away >= FEWEST_TRIES
        return Weather(Sky.DOWN if enough else Sky.UNKNOWN, tries, away)
    ours = [one for one in silent if one.tries >= FEWEST_TRIES]
    others = away - sum(one.tries for one in ours)
    is_mixed = others / tries >= MIXED_FROM
    return Weather(Sky.MIXED if is_mixed else Sky.CLEAR, tries, away, sorted(one.work for one in ours))
