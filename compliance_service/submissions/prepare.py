"""Looks for the data of duties that have come due, and decides what may leave."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from compliance_service.authorities.judgement import SLOT_WIDTH, Decision
from compliance_service.clients.telemetry import Measured
from compliance_service.obligations.works import Reporter, reporters
from compliance_service.submissions.apply import apply_decisions
from compliance_service.submissions.queries import Duty, duties_to_look_at

# (points, variables, start, end) to measurements: Telemetry, over REST.
Read = Callable[[Sequence[UUID], Sequence[str], datetime, datetime], list[Measured]]
MOST_A_PASS = 2_000
# Duties whose hours lie no further apart share a question to Telemetry.
NEAR = timedelta(hours=6)
# A backlog of months is asked for in parts: an answer has its limits.
WIDEST = timedelta(days=2)


def prepare(now: datetime, *, read: Read) -> int:
    """Says how many submissions are ready to be sent. Raises what `read` raises: the duties stay due."""
    duties = duties_to_look_at(now=now, limit=MOST_A_PASS)
    who = reporters({duty.config for duty in duties}) if duties else {}
    return sum(apply_decisions(_decided(cluster, who, read, now), now=now) for cluster in _clusters(duties))


def _decided(
    cluster: Sequence[Duty], who: Mapping[UUID, Reporter], read: Read, now: datetime
) -> list[tuple[Duty, Decision]]:
    wanted = {config: who[config].authority.wanted(who[config].work) for config in {duty.config for duty in cluster}}
    points = sorted({point for pairs in wanted.values() for point, _ in pairs})
    variables = sorted({variable for pairs in wanted.values() for _, variable in pairs})
    found = by_minute(read(points, variables, cluster[0].slot_at, cluster[-1].slot_at + SLOT_WIDTH))
    theirs = {config: {point for point, _ in pairs} for config, pairs in wanted.items()}
    decided = []
    for duty in cluster:
        reporter = who[duty.config]
        rows = [row for point in theirs[duty.config] for row in found.get((point, duty.slot_at), ())]
        decided.append((duty, reporter.authority.decide(reporter.work, duty.slot_at, rows, now=now)))
    return decided


def by_minute(rows: Iterable[Measured]) -> dict[tuple[UUID, datetime], list[Measured]]:
    """Slots are whole minutes: what is measured in one is found without looking at the others."""
    found: dict[tuple[UUID, datetime], list[Measured]] = defaultdict(list)
    for row in rows:
        found[row.point, row.time.replace(second=0, microsecond=0)].append(row)
    return found


def _clusters(duties: Sequence[Duty]) -> Iterator[list[Duty]]:
    """Ascending in time, each at most WIDEST wide and without a gap of more than NEAR."""
    cluster: list[Duty] = []
    for duty in duties:
        if cluster and (duty.slot_at - cluster[-1].slot_at > NEAR or duty.slot_at - cluster[0].slot_at > WIDEST):
            yield cluster
            cluster = []
        cluster.append(duty)
    if cluster:
        yield cluster
