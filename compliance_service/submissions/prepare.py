"""Looks for the data of duties that have come due, and decides what may leave."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from compliance_service.authorities.interface import Work
from compliance_service.authorities.judgement import SLOT_WIDTH
from compliance_service.clients.telemetry import Measured
from compliance_service.obligations.models import Obligation
from compliance_service.obligations.works import authority_for, work_of
from compliance_service.submissions.operations import apply_decision
from compliance_service.submissions.queries import duties_to_look_at

# (points, variables, start, end) to measurements: Telemetry, over REST.
Read = Callable[[Sequence[UUID], Sequence[str], datetime, datetime], list[Measured]]
MOST_A_PASS = 2_000
# Duties whose hours lie no further apart share a question to Telemetry.
NEAR = timedelta(hours=6)
# A backlog of months is asked for in parts: an answer has its limits.
WIDEST = timedelta(days=2)


def prepare(now: datetime, *, read: Read) -> int:
    """Says how many submissions are ready to be sent. Raises what `read` raises: the duties stay due."""
    ready = 0
    works: dict[UUID, Work] = {}
    duties = duties_to_look_at(now=now, limit=MOST_A_PASS)
    for duty in duties:
        works.setdefault(duty.config_id, work_of(duty.config))
    for cluster in _clusters(duties):
        ready += _decide(cluster, works, read, now)
    return ready


def _decide(cluster: Sequence[Obligation], works: Mapping[UUID, Work], read: Read, now: datetime) -> int:
    configs = {duty.config_id: duty.config for duty in cluster}
    wanted = {key: authority_for(config).wanted(works[key]) for key, config in configs.items()}
    points = sorted({point for pairs in wanted.values() for point, _ in pairs})
    variables = sorted({variable for pairs in wanted.values() for _, variable in pairs})
    found = by_minute(read(points, variables, cluster[0].slot_at, cluster[-1].slot_at + SLOT_WIDTH))
    ready = 0
    for duty in cluster:
        theirs = {point for point, _ in wanted[duty.config_id]}
        rows = [row for point in theirs for row in found.get((point, duty.slot_at), ())]
        decision = authority_for(duty.config).decide(works[duty.config_id], duty.slot_at, rows, now=now)
        ready += apply_decision(duty, decision, now=now)
    return ready


def by_minute(rows: Iterable[Measured]) -> dict[tuple[UUID, datetime], list[Measured]]:
    """Slots are whole minutes: what is measured in one is found without looking at the others."""
    found: dict[tuple[UUID, datetime], list[Measured]] = defaultdict(list)
    for row in rows:
        found[row.point, row.time.replace(second=0, microsecond=0)].append(row)
    return found


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
