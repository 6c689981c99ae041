"""What of a point is to be made anew when rows came: from a checkpoint before them to one after, or to the end."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from telemetry_service.process.counter_flow import is_wanted, reach_back
from telemetry_service.process.engine import Checkpoint, Outcome
from telemetry_service.process.judging import reach_of
from telemetry_service.process.known import Known
from telemetry_service.process.queries import checkpoint_from, checkpoints_around, last_checkpoint
from telemetry_service.process.series import Reach
from telemetry_service.raw import queries as raw
from telemetry_service.raw.columns import RawColumns
from telemetry_service.raw.operations import Backlog

EVER, NEVER = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
# Where the counter is not back at the first checkpoint after the rows, these are tried before all the rest.
TRIES = (7, 63)


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
    reach, flow = reach_of(known.setups), reach_back(known.setups)
    behind = backlog.to_time and backlog.to_time + reach.before
    start, begin, first_end = checkpoints_around(
        known.point_id, before=_before(known, backlog, reach), back=reach.before + flow, behind=behind
    )
    for end in _ends(known, behind, first_end) if start and behind and first_end else ():
        until = _until(known, end.at, reach, flow)
        outcome = _evaluated(known, begin, until.seen)
        if outcome.state_at(end.at) == end.counter:
            return _between(start, until.kept, outcome)
    return _between(start, NEVER, _evaluated(known, begin, NEVER))


def _before(known: Known, backlog: Backlog, reach: Reach) -> datetime:
    """All that a rule says of what lies earlier is as it was."""
    if not (reach.after and is_wanted(known.setups)):
        return backlog.from_time - reach.after
    # What was held of the counter may be another behind its last checkpoint, and so may be the flow that it shows.
    settled = last_checkpoint(known.point_id, before=backlog.from_time)
    return settled.at - reach.after + INSTANT if settled else EVER


class _Until(NamedTuple):
    """Readings up to `seen` say all of what lies up to `kept`."""

    kept: datetime
    seen: datetime


def _until(known: Known, end: datetime, reach: Reach, flow: timedelta) -> _Until:
    """If the counter is at `end` what it was, what came can change what was said of it before, and no flow for long."""
    if not flow:
        return _Until(end, end + reach.after)
    kept = _settled(known, end + reach.before + flow)
    return _Until(kept, _settled(known, kept + reach.after) if kept < NEVER else NEVER)


def _settled(known: Known, at: datetime) -> datetime:
    """The first time from `at` on when nothing of the counter was held."""
    found = checkpoint_from(known.point_id, at, place=0)
    return found.at if found else NEVER


def _ends(known: Known, behind: datetime, first: Checkpoint) -> Iterator[Checkpoint]:
    """Checkpoints behind which no row is new, as they were kept by the pass before."""
    yield first
    for place in TRIES:
        end = checkpoint_from(known.point_id, behind, place=place)
        if end is None:
            return
        yield end


def _evaluated(known: Known, begin: Checkpoint | None, until: datetime) -> Outcome:
    start, end = begin.at + INSTANT if begin else EVER, min(until, NEVER - INSTANT) + INSTANT
    return known.evaluate(_columns(known, start, end), start=begin)


def _columns(known: Known, start: datetime, end: datetime) -> list[RawColumns]:
    return raw.columns(point_id=known.point_id, start=start, end=end, standings=known.heard.standings)


def _between(start: Checkpoint | None, until: datetime, outcome: Outcome) -> Anew:
    return Anew(start, until, outcome.between(start.at, until) if start else outcome)
