"""Looks for the data of duties that have come due, and decides what may leave."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from compliance_service.authorities.judgement import Decision
from compliance_service.obligations.works import Reporter, reporters
from compliance_service.submissions.apply import apply_decisions
from compliance_service.submissions.gather import WIDEST, Asked, Read, gather
from compliance_service.submissions.queries import Duty, duties_to_look_at

MOST_A_PASS = 2_000
# Duties whose hours lie no further apart share a question to Telemetry.
NEAR = timedelta(hours=6)


def prepare(now: datetime, *, read: Read) -> int:
    """Says how many submissions are ready to be sent. Raises what `read` raises: the duties stay due."""
    duties = duties_to_look_at(now=now, limit=MOST_A_PASS)
    who = reporters({duty.config for duty in duties}) if duties else {}
    return sum(apply_decisions(_decided(cluster, who, read, now), now=now) for cluster in _clusters(duties))


def _decided(
    cluster: Sequence[Duty], who: Mapping[UUID, Reporter], read: Read, now: datetime
) -> list[tuple[Duty, Decision]]:
    asked = [Asked(who[duty.config].authority, who[duty.config].work, duty.slot_at) for duty in cluster]
    found = gather(asked, read=read)
    return [
        (duty, one.authority.decide(one.work, one.slot, here, now=now))
        for duty, one, here in zip(cluster, asked, found, strict=True)
    ]


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
