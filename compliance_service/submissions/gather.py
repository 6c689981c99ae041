"""Asks Telemetry for what the decisions about many slots need: the minutes of the slots, and the means over periods.

One question serves many works. What a mean is made of is asked for in parts and folded as it comes: however long the
periods, no more than one part is in memory.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from compliance_service.authorities.interface import Authority, Found, Work
from compliance_service.authorities.judgement import SLOT_WIDTH
from compliance_service.authorities.means import Fold, Mean, Span
from compliance_service.clients.telemetry import Measured
from compliance_service.obligations.calendar import before

# (points, variables, start, end) to measurements: Telemetry, over REST.
Read = Callable[[Sequence[UUID], Sequence[str], datetime, datetime], list[Measured]]
# A backlog of months is asked for in parts: an answer has its limits.
WIDEST = timedelta(days=2)
# So many points a part, where every minute of it may hold a row.
MOST_POINTS = 25


@dataclass(frozen=True, slots=True)
class Asked:
    """A slot of a work that is to be decided about."""

    authority: Authority
    work: Work
    slot: datetime


def gather(asked: Sequence[Asked], *, read: Read) -> list[Found]:
    """For each what is found, in their order. `asked`: by slot, ascending, at most WIDEST apart from end to end."""
    wanted = {id(one.work): one.authority.wanted(one.work) for one in asked}
    points = sorted({point for pairs in wanted.values() for point, _ in pairs})
    variables = sorted({variable for pairs in wanted.values() for _, variable in pairs})
    starts = [before_of(one.work, one.slot) for one in asked]
    first, last = asked[0].slot, asked[-1].slot + SLOT_WIDTH
    more = [one.authority.minutes(one.work, one.slot, before=start) for one, start in zip(asked, starts, strict=True)]
    rows = list(read(points, variables, first, last))
    for minute in sorted({minute for some in more for minute in some if minute < first}):
        rows += read(points, variables, minute, minute + SLOT_WIDTH)
    minutes = by_minute(rows)
    theirs = {work: {point for point, _ in pairs} for work, pairs in wanted.items()}
    spans = [one.authority.spans(one.work, one.slot, before=start) for one, start in zip(asked, starts, strict=True)]
    means = means_over({span for some in spans for span in some}, read=read)
    return [
        Found(
            [
                row
                for minute in (*also, one.slot)
                for point in theirs[id(one.work)]
                for row in minutes.get((point, minute), ())
            ],
            start,
            [means[span] for span in some],
        )
        for one, start, also, some in zip(asked, starts, more, spans, strict=True)
    ]


def before_of(work: Work, slot: datetime) -> datetime:
    """Where the period begins that ends at the slot."""
    return before(work.rules["standards"][work.standard]["every"], slot)


def by_minute(rows: Iterable[Measured]) -> Mapping[tuple[UUID, datetime], list[Measured]]:
    """Slots are whole minutes: what is measured in one is found without looking at the others."""
    found: dict[tuple[UUID, datetime], list[Measured]] = defaultdict(list)
    for row in rows:
        found[row.point, row.time.replace(second=0, microsecond=0)].append(row)
    return found


def means_over(spans: Iterable[Span], *, read: Read) -> dict[Span, Mean]:
    """Works whose periods are the same share their questions."""
    alike: dict[tuple[str, datetime, datetime], list[Span]] = defaultdict(list)
    for span in spans:
        alike[span.variable, span.reads_from, span.end].append(span)
    found: dict[Span, Mean] = {}
    for _, some in sorted(alike.items()):
        for first in range(0, len(some), MOST_POINTS):
            found |= _folded(some[first : first + MOST_POINTS], read)
    return found


def _folded(spans: Sequence[Span], read: Read) -> dict[Span, Mean]:
    folds = {span: Fold(span) for span in spans}
    by_point: dict[UUID, list[Fold]] = defaultdict(list)
    for span, fold in folds.items():
        by_point[span.point].append(fold)
    for start, end in _parts(spans[0].reads_from, spans[0].end):
        for row in read(sorted(by_point), [spans[0].variable], start, end):
            for fold in by_point[row.point]:
                fold.add(row)
    return {span: fold.mean() for span, fold in folds.items()}


def _parts(start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        yield start, min(start + WIDEST, end)
        start += WIDEST
