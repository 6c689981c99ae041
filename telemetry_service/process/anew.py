"""What of a point is to be made anew when rows came: from a checkpoint before them to one after, or to the end."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from telemetry_service.process.engine import Checkpoint, Outcome
from telemetry_service.process.judging import reach_of
from telemetry_service.process.known import Known
from telemetry_service.process.queries import checkpoint_from, last_checkpoint
from telemetry_service.raw import queries as raw
from telemetry_service.raw.operations import Backlog

EVER, NEVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
# If the counter is not back where it was at the first checkpoint after the rows, these are tried before all the rest.
TRIES = (0, 7, 63)


class Anew(NamedTuple):
    """`outcome` has what lies later than `start` (None: all), up to `until`; nothing else can be different."""

    start: Checkpoint | None
    until: datetime
    outcome: Outcome

    @property
    def after(self) -> datetime | None:
        return self.start and self.start.at


def made_anew(known: Known, backlog: Backlog) -> Anew:
    """Where the counter is after the rows what it was before, all later measurements are too."""
    reach = reach_of(known.setups)
    start = last_checkpoint(known.point_id, before=backlog.from_time - reach.after)
    begin = start
    if start and reach.before:
        begin = last_checkpoint(known.point_id, before=start.at - reach.before + INSTANT)
    for end in _ends(known, backlog, reach.before) if start else ():
        outcome = _evaluated(known, begin, end.at + reach.after)
        if outcome.state_at(end.at) == end.counter:
            return _between(start, end.at, outcome)
    return _between(start, NEVER, _evaluated(known, begin, NEVER))


def _ends(known: Known, backlog: Backlog, before: timedelta) -> Iterator[Checkpoint]:
    """Checkpoints behind which no row is new, as they were kept by the pass before."""
    for place in TRIES if backlog.to_time else ():
        end = checkpoint_from(known.point_id, (backlog.to_time or NEVER) + before, place=place)
        if end is None:
            return
        yield end


def _evaluated(known: Known, begin: Checkpoint | None, until: datetime) -> Outcome:
    start, end = begin.at + INSTANT if begin else EVER, min(until, NEVER - INSTANT) + INSTANT
    return known.evaluate(raw.columns(point_id=known.point_id, start=start, end=end), start=begin)


def _between(start: Checkpoint | None, until: datetime, outcome: Outcome) -> Anew:
    return Anew(start, until, outcome.between(start.at, until) if start else outcome)
