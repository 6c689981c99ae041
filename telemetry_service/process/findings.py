"""Looking for faults in a point's past: reads raw rows, makes measurements of them in memory, writes nothing."""

from datetime import datetime, timedelta
from uuid import UUID

from shared.errors import invalid
from telemetry_service.process.anew import INSTANT
from telemetry_service.process.detectors import detect
from telemetry_service.process.detectors.finding import Finding, Limits
from telemetry_service.process.known import known_of
from telemetry_service.process.queries import last_checkpoint
from telemetry_service.process.setup import UNCONFIGURED
from telemetry_service.raw import queries as raw

MOST = timedelta(days=366)
# What detectors need to have seen before: the counter's last healthy readings.
BEFORE = timedelta(days=2)


def findings(*, point_id: UUID, start: datetime, end: datetime) -> list[Finding]:
    """What the detectors find from `start` to before `end`, by time."""
    if end - start > MOST:
        expected = f"a lo más {MOST.days} días entre «from» y «to»"
        raise invalid("to", "el intervalo es demasiado largo", received=end.isoformat(), expected=expected)
    known = known_of(point_id)
    begin = last_checkpoint(point_id, before=start - BEFORE)
    first = begin.at + INSTANT if begin else start - BEFORE
    outcome = known.evaluate(raw.columns(point_id=point_id, start=first, end=end), start=begin)
    setup = next(
        (one for one in reversed(known.setups) if one.valid_from is None or one.valid_from < end), UNCONFIGURED
    )
    limits = Limits(float(setup.m3_per_count or 0), level_max_m=setup.level_max_m)
    return detect([one for one in outcome.between(start - BEFORE, end - INSTANT).columns if len(one)], limits)
