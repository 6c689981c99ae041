"""What is written beside the readings: the answers to pushes that may come again, and what is left to process."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from telemetry_service.push.keep.push import Push
from telemetry_service.push.place.judge import Judged
from telemetry_service.raw.lots import instant
from telemetry_service.raw.merge import News
from telemetry_service.raw.store import deflated

ANSWER = "INSERT INTO push_answer (key_id, idempotency_key, digest, body, received_at) VALUES "
Times = dict[UUID, datetime]


def remembered(pushes: Sequence[Push], outcomes: Mapping[Push, Any]) -> list[tuple[Any, ...]]:
    """The rows of ANSWER, in one order, as another process may be keeping the same."""
    return [
        (*push.name, push.digest, deflated(outcomes[push]), push.arrival.received_at)
        for push in sorted(pushes, key=lambda push: push.name)
        if push.idempotency_key
    ]


def spans_of_points(news: Iterable[News], judged: Iterable[Judged]) -> tuple[Times, Times]:
    """From when until when each point has news."""
    of_places = {place.head: point_id for one in judged for place, point_id in one.points.items()}
    found: dict[int, tuple[UUID, int, int]] = {}  # by the id's number: a UUID is slow to look up
    for place, since, until in news:
        point_id = of_places[place.head]
        _, first, last = found.get(point_id.int, (point_id, since, until))
        found[point_id.int] = point_id, min(since, first), max(until, last)
    spans = found.values()
    return {one: instant(first) for one, first, _ in spans}, {one: instant(last) for one, _, last in spans}
