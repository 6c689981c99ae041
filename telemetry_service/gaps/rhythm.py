"""How often a device measures: as a person said, by date, or as its own readings show. No clock, no database.

Times and differences are whole numbers of one unit, microseconds in practice.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

# A rhythm is judged by so many differences on either side of the place that is looked at.
NEIGHBOURS = 12
# Fewer that agree are chance.
AGREEING = 3
# Differences within an eighth of one another are one rhythm with jitter.
JITTER = 8
# What is ten times shorter than the rhythm of most of the time is one reading sent twice.
BURST = 10
TOLERANCE = 150  # percent of the rhythm that may pass between two readings


@dataclass(frozen=True, slots=True)
class Said:
    """From `since` on: the device's rhythm (None: as its readings show), and how far it may stretch, in percent."""

    since: int
    cadence: int | None = None
    tolerance: int = TOLERANCE


UNSAID = Said(since=0)


class Rhythms:
    """What was said of a device, by date. Before the first statement nothing was."""

    def __init__(self, said: Sequence[Said] = ()) -> None:
        self._said = sorted(said, key=lambda one: one.since)
        self._since = [one.since for one in self._said]

    def at(self, time: int) -> Said:
        index = bisect_right(self._since, time)
        return self._said[index - 1] if index else UNSAID


def usual(differences: Sequence[int]) -> int | None:
    """The rhythm that these differences show; None where too few of them agree.

    The mode, made robust: double readings do not shorten it, missing ones do not lengthen it, jitter does not split it.
    """
    ordered = sorted(difference for difference in differences if difference > 0)
    if len(ordered) < AGREEING:
        return None
    longest_part = max(ordered, key=lambda one: sum(_around(ordered, one)))
    ordered = ordered[bisect_left(ordered, longest_part // BURST) :]
    agreeing = max((_around(ordered, one) for one in ordered), key=len)
    return agreeing[len(agreeing) // 2] if len(agreeing) >= AGREEING else None


def _around(ordered: Sequence[int], one: int) -> Sequence[int]:
    slack = one // JITTER
    return ordered[bisect_left(ordered, one - slack) : bisect_right(ordered, one + slack)]
