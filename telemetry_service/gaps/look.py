"""Works off what arrived: gaps, days and watches follow the readings. The cost is that of what came, whatever is there.

Whoever else wants to know what came is told in the same transaction.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from django.db import transaction

from telemetry_service.gaps.queries import watched_series
from telemetry_service.gaps.ranges import Range, ranges
from telemetry_service.gaps.reconcile import hold, reconcile
from telemetry_service.gaps.rhythms import keep_up
from telemetry_service.gaps.silences import note_silences
from telemetry_service.gaps.tally import add_received
from telemetry_service.raw.arrivals import Arrived, take

STORES_AT_ONCE = 300
MOST_ROUNDS = 200


class Listener(Protocol):
    def __call__(self, arrived: Sequence[Arrived], *, now: datetime) -> None: ...


def look(now: datetime, *, tell: Sequence[Listener] = ()) -> int:
    """Says how many entries of arrivals it worked off."""
    keep_up(now=now)
    looked = 0
    for _ in range(MOST_ROUNDS):
        entries = _look_once(now, tell)
        looked += entries
        if entries < STORES_AT_ONCE:  # a store leaves one at least: there were no more
            break
    note_silences(now=now)
    return looked


def _look_once(now: datetime, tell: Sequence[Callable[..., None]]) -> int:
    with transaction.atomic():
        hold()
        arrived = take(stores=STORES_AT_ONCE)
        if arrived:
            watched = watched_series({one.source_id for one in arrived})
            of_watched = [one for one in arrived if (one.source_id, one.key) in watched]
            add_received(of_watched)
            reconcile(ranges(Range(one.source_id, one.key, one.first, one.last) for one in of_watched), now=now)
            for listener in tell:
                listener(of_watched, now=now)
    return len(arrived)
