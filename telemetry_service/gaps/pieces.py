"""What becomes of the gaps at hand when part of a series is looked at again. No clock, no database.

Instants are microseconds since 1970.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from telemetry_service.gaps.holes import Hole


@dataclass(frozen=True, slots=True)
class Known:
    """A gap at hand, as it is stored. `end` None: it lasts, and the days before `counted_to` count it."""

    id: int
    start: int
    end: int | None
    missing: int
    cadence: int
    state: str
    counted_to: int | None = None


@dataclass(frozen=True, slots=True)
class Region:
    """Of a series: every pair of neighbouring readings from `start` to `end` has been looked at."""

    start: int
    end: int
    holes: tuple[Hole, ...]


@dataclass(slots=True)
class Plan:
    """`kept`: gaps that go on as this hole; `gone`: that are none any more; `fresh`: holes that were not known.

    A fresh one that is a piece of a known gap names it: what was known of the whole holds for the piece.
    """

    kept: list[tuple[Known, Hole]] = field(default_factory=list)
    gone: list[Known] = field(default_factory=list)
    fresh: list[tuple[Hole, Known | None]] = field(default_factory=list)


def plan(known: Sequence[Known], region: Region) -> Plan:
    """`known`: every gap at hand that overlaps the region."""
    made, of_known = Plan(), set()
    for gap in known:
        pieces = _pieces(gap, region)
        of_known.update(pieces)
        if not pieces:
            made.gone.append(gap)
            continue
        heir = next((piece for piece in pieces if gap.start == piece.start), pieces[0])
        made.kept.append((gap, heir))
        made.fresh += [(piece, gap) for piece in pieces if piece is not heir]
    made.fresh += [(hole, None) for hole in region.holes if hole not in of_known]
    return made


def merged(regions: Sequence[Region]) -> list[Region]:
    """Regions that touch, as one: each pair was judged by the same readings, so what both saw is the same."""
    out: list[Region] = []
    for region in sorted(regions, key=lambda one: one.start):
        if out and region.start <= out[-1].end:
            holes = tuple(sorted({*out[-1].holes, *region.holes}))
            out[-1] = replace(out[-1], end=max(out[-1].end, region.end), holes=holes)
        else:
            out.append(region)
    return out


def _pieces(gap: Known, region: Region) -> list[Hole]:
    """What is left of the gap: the holes within it, and what of it lies outside of the region."""
    inside = [hole for hole in region.holes if gap.start <= hole.start and (gap.end is None or hole.end <= gap.end)]
    before = [_part(gap, gap.start, region.start)] if gap.start < region.start else []
    after = [_part(gap, region.end, gap.end)] if gap.end is not None and region.end < gap.end else []
    return [*before, *inside, *after]


def _part(gap: Known, start: int, end: int) -> Hole:
    """Readings lie at the region's ends that nobody has looked at yet: that look will say better what is missing."""
    return Hole(start, end, max(round((end - start) / gap.cadence) - 1, 1), gap.cadence)
