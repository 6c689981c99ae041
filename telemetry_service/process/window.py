"""What the engine makes of a window of a point's past, from a checkpoint far enough before it. Writes nothing."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from telemetry_service.measurements.columns import Columns
from telemetry_service.process.anew import EVER, INSTANT, NEVER
from telemetry_service.process.configs import unseen_since
from telemetry_service.process.counter_flow import reach_back
from telemetry_service.process.engine import Checkpoint, Outcome
from telemetry_service.process.judging import reach_of
from telemetry_service.process.known import Known
from telemetry_service.process.queries import last_checkpoint
from telemetry_service.raw import queries as raw
from telemetry_service.raw.models import ProcessBacklog

FURTHER = (timedelta(0), timedelta(days=7), timedelta(days=63))


class Window(NamedTuple):
    """`columns`: what is made of it. `reached`: where the same goes on for what lies at or after `goes_on_from`."""

    columns: Sequence[Columns]
    reached: Checkpoint | None
    goes_on_from: datetime | None


def made_in(
    known: Known, *, start: datetime, end: datetime, stale_from: datetime, reached: Checkpoint | None = None
) -> Window:
    """Of `start <= time < end`. `stale_from`: no stored checkpoint after it can be trusted; `reached` can, as given."""
    reach = reach_of(known.setups)
    back = reach.before + reach_back(known.setups)
    begin = last_checkpoint(known.point_id, before=min(start - back, stale_from - reach.after))
    if reached and reached.at < start - back and (begin is None or begin.at < reached.at):
        begin = reached
    outcome = _decided(known, begin, end + reach.after)
    # Of a checkpoint so far before the end all is read that bears on it, and on what lies within reach behind it.
    settled = max((one for one in outcome.checkpoints if one.at < end - back), key=lambda one: one.at, default=None)
    columns = outcome.between(start - INSTANT, end - INSTANT).columns
    return Window(columns, settled, settled.at + back + INSTANT if settled else None)


def stale_from(point_id: UUID) -> datetime:
    """From when on what is stored may not be what was asked for; NEVER where all of it is."""
    waiting = ProcessBacklog.objects.filter(point_id=point_id).values_list("from_time", flat=True)
    return min((time for time in (*waiting, unseen_since(point_id)) if time is not None), default=NEVER)


def _decided(known: Known, begin: Checkpoint | None, end: datetime) -> Outcome:
    """Whatever was held of the counter at `end` was believed or not by what came later: it is read on until then."""
    first = begin.at + INSTANT if begin else EVER
    for further in FURTHER:
        outcome = known.evaluate(raw.columns(point_id=known.point_id, start=first, end=end + further), start=begin)
        if not outcome.is_pending:
            return outcome
    return known.evaluate(raw.columns(point_id=known.point_id, start=first, end=NEVER), start=begin)
