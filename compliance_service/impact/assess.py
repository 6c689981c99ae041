"""Which reported hours what is measured now would report otherwise: after a correction of factor, depth or meter.

What was sent stays as it was. The same decision that let it leave is asked again, with the measurements of today.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from compliance_service.authorities.interface import Found
from compliance_service.authorities.judgement import Hold, Send, Wait
from compliance_service.impact.compare import Difference, differences
from compliance_service.obligations.models import ComplianceConfig
from compliance_service.obligations.sums import Period
from compliance_service.obligations.works import authority_for, work_of
from compliance_service.submissions.gather import WIDEST, Asked, Read, gather
from compliance_service.submissions.models import ComplianceData
from compliance_service.submissions.states import Status


@dataclass(frozen=True, slots=True)
class Touched:
    """`reason`: why it would not leave today, empty where it would; `by_person`: a person gave what was sent."""

    slot_at: datetime
    voucher: str
    differences: Sequence[Difference]
    reason: str
    by_person: bool


@dataclass(frozen=True, slots=True)
class Impact:
    work_code: str
    first: date
    last: date
    compared: int
    touched: Sequence[Touched]


def assess(config: ComplianceConfig, *, first: date, last: date, read: Read, now: datetime) -> Impact:
    """Of the days `first` to `last` in UTC-4, both included. Raises what `read` raises."""
    period = Period.of_days(first, last, now=now)
    work, authority = work_of(config), authority_for(config)
    reported = _reported(config, period)
    touched: list[Touched] = []
    for start in _starts(reported):
        some = [one for one in reported if start <= one.slot_at < start + WIDEST]
        asked = [Asked(authority, authority.as_reported(work, one.document, one.evidence), one.slot_at) for one in some]
        for one, question, found in zip(some, asked, gather(asked, read=read), strict=True):
            touched += _touched(one, _today(question, found, now))
    return Impact(config.work_code, first, last, len(reported), touched)


def _reported(config: ComplianceConfig, period: Period) -> list[ComplianceData]:
    rows = ComplianceData.objects.filter(config=config, slot_at__gte=period.start, slot_at__lt=period.end)
    rows = rows.filter(status=Status.CONFIRMED.value, receipt__isnull=False)
    return list(rows.select_related("receipt").prefetch_related("moves").order_by("slot_at"))


def _starts(reported: Sequence[ComplianceData]) -> list[datetime]:
    """Where parts of at most WIDEST begin."""
    starts: list[datetime] = []
    for one in reported:
        if not starts or one.slot_at >= starts[-1] + WIDEST:
            starts.append(one.slot_at)
    return starts


def _today(asked: Asked, found: Found, now: datetime) -> Send | str:
    decision = asked.authority.decide(asked.work, asked.slot, found, now=now)
    if isinstance(decision, Send):
        return decision
    return decision.reason if isinstance(decision, Hold | Wait) else decision.cause


def _touched(one: ComplianceData, today: Send | str) -> list[Touched]:
    """One, or none where nothing would differ."""
    reason = today if isinstance(today, str) else ""
    found = differences(one.document, today.document) if isinstance(today, Send) else []
    if not found and not reason:
        return []
    by_person = any(move.by.startswith("user:") for move in one.moves.all())
    return [Touched(one.slot_at, one.receipt.voucher, found, reason, by_person)]
