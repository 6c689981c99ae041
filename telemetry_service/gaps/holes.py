"""Where a series has no readings though its rhythm says there should be some. No clock, no database.

A pair of neighbouring readings is judged by the two and by NEIGHBOURS differences on either side of them, so that a
late reading changes the judgement of the pairs near it and of no other: looking at those again gives what looking at
everything would give, whatever came when.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from telemetry_service.gaps.rhythm import AGREEING, NEIGHBOURS, Rhythms, Said, usual

# Readings on either side of a place that has to be looked at again: the pairs that it bears on, and their neighbours.
CONTEXT = 2 * NEIGHBOURS + 1


class Hole(NamedTuple):
    """Between the readings at `start` and `end`, both excluded, `missing` readings should be."""

    start: int
    end: int
    missing: int
    cadence: int


def holes(times: Sequence[int], rhythms: Rhythms, *, first: int = 0, last: int | None = None) -> Iterator[Hole]:
    """The holes of a series; `times` ascending, each once. Of the pairs `first` to `last` only, the last excluded."""
    differences = [after - before for before, after in pairwise(times)]
    for index in range(first, len(differences) if last is None else min(last, len(differences))):
        start, end = times[index], times[index + 1]
        before, after = rhythms.at(start), rhythms.at(end)
        tolerance = max(before.tolerance, after.tolerance)
        if _is_usual(differences, index, tolerance, (before, after)):
            continue
        cadence = _cadence(differences, index, before, after)
        if cadence is not None and differences[index] * 100 > cadence * tolerance:
            # Rounded to the nearest whole number of rhythms.
            yield Hole(start, end, max((differences[index] * 2 + cadence) // (cadence * 2) - 1, 1), cadence)


def rhythm_at_end(times: Sequence[int], rhythms: Rhythms) -> int | None:
    """The rhythm after the newest reading."""
    said = rhythms.at(times[-1]).cadence
    return said or _latest([after - before for before, after in pairwise(times[-NEIGHBOURS - 1 :])])


def _cadence(differences: Sequence[int], index: int, before: Said, after: Said) -> int | None:
    """The longer of the two sides': a device that measures less often from now on has no holes."""
    earlier = differences[max(0, index - NEIGHBOURS) : index]
    later = differences[index + 1 : index + 1 + NEIGHBOURS]
    sides = (
        before.cadence or usual(earlier),
        after.cadence or (usual(later) if len(later) >= AGREEING else _latest([*earlier, differences[index], *later])),
    )
    return max((side for side in sides if side), default=None)


def _latest(differences: Sequence[int]) -> int | None:
    """Of a series that ends here: what its very last differences agree on, or else what most of them do."""
    return usual(differences[-AGREEING - 1 :]) or usual(differences[-NEIGHBOURS:])


def _is_usual(differences: Sequence[int], index: int, tolerance: int, sides: tuple[Said, Said]) -> bool:
    """A rhythm is never shorter than the shortest of its differences: nearly every pair is settled by that alone."""
    if any(side.cadence for side in sides):
        return False
    least = min(differences[max(0, index - NEIGHBOURS) : index + NEIGHBOURS + 1])
    return differences[index] * 100 <= least * tolerance
