"""Looks for the data of duties that have come due, and decides what may leave."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from compliance_service.clients.telemetry import Measured
from compliance_service.obligations.models import Obligation
from compliance_service.submissions.decision import SLOT_WIDTH, decide
from compliance_service.submissions.operations import apply_decision
from compliance_service.submissions.queries import duties_to_look_at

# (points, start, end) to measurements: Telemetry, over REST.
Read = Callable[[Sequence[UUID], datetime, datetime], list[Measured]]
MOST_A_PASS = 2_000
# Duties whose hours lie no further apart share a question to Telemetry.
NEAR = timedelta(hours=6)
# A backlog of months is asked for in parts: an answer has its limits.
WIDEST = timedelta(days=2)


def prepare(now: datetime, *, read: Read) -> int:
    """Says how many submissions are ready to be sent. Raises what `read` raises: the duties stay due."""
    ready = 0
    duties = duties_to_look_at(now=now, limit=MOST_A_PASS)
    for cluster in _clusters(duties):
        points = sorted({duty.config.point_id for duty in cluster})
        rows = read(points, cluster[0].slot_at, cluster[-1].slot_at + SLOT_WIDTH)
        by_point = {point: list(found) for point, found in groupby(rows, key=lambda row: row.point)}
        for duty in cluster:
            decision = decide(duty.slot_at, _around(duty, by_point.get(duty.config.point_id, [])))
            ready += apply_decision(duty, decision, now=now)
    return ready


def _around(duty: Obligation, rows: Sequence[Measured]) -> list[Measured]:
    return [row for row in rows if duty.slot_at <= row.time < duty.slot_at + SLOT_WIDTH]


def _clusters(duties: Sequence[Obligation]) -> Iterator[list[Obligation]]:
    """Ascending in time, each at most WIDEST wide and without a gap of more than NEAR."""
    cluster: list[Obligation] = []
    for duty in duties:
        if cluster and (duty.slot_at - cluster[-1].slot_at > NEAR or duty.slot_at - cluster[0].slot_at > WIDEST):
            yield cluster
            cluster = []
        cluster.append(duty)
    if cluster:
        yield cluster
