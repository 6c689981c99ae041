"""The queue of held hours, and what was decided about one."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from compliance_service.authorities.judgement import Form
from compliance_service.obligations.models import Outcome
from compliance_service.obligations.works import authority_for, work_of
from compliance_service.review.models import Review
from compliance_service.review.verdicts import Held, kind_of
from compliance_service.submissions.models import Attempt, ComplianceData
from compliance_service.submissions.states import Status


@dataclass(frozen=True, slots=True)
class Waiting:
    """A held hour with what a reviewer needs to see."""

    submission: ComplianceData
    held: Held
    attempts: int
    last_message: str

    @property
    def form(self) -> Form | None:
        config = self.submission.config
        return authority_for(config).form(work_of(config))


@dataclass(frozen=True, slots=True)
class Wanted:
    points: Collection[UUID] | None  # None: all
    reason: str = ""


def queue(wanted: Wanted, *, after: tuple[datetime, UUID] | None, limit: int) -> list[Waiting]:
    """Held hours whose duty is open, the oldest first."""
    rows = _counted(ComplianceData.objects.filter(status=Status.HELD.value, obligation__outcome=Outcome.OPEN))
    if wanted.points is not None:
        rows = rows.filter(config__point_id__in=wanted.points)
    if wanted.reason:
        rows = rows.filter(held_reason=wanted.reason)
    if after:
        rows = rows.filter(Q(slot_at__gt=after[0]) | Q(slot_at=after[0], id__gt=after[1]))
    return [_waiting(row) for row in rows.order_by("slot_at", "id")[:limit]]


def waiting(submission_id: UUID) -> Waiting | None:
    row = _counted(ComplianceData.objects.filter(id=submission_id)).first()
    return _waiting(row) if row else None


def reviews_of(submission_id: UUID) -> list[Review]:
    return list(Review.objects.filter(submission_id=submission_id).order_by("id"))


def decisions(points: Collection[UUID] | None, *, before: int | None, limit: int) -> list[Review]:
    """The newest first, with the hour that each was about."""
    rows = Review.objects.select_related("submission__config").order_by("-id")
    if points is not None:
        rows = rows.filter(submission__config__point_id__in=points)
    return list((rows.filter(id__lt=before) if before else rows)[:limit])


def _counted(rows: QuerySet[ComplianceData]) -> QuerySet[ComplianceData]:
    last = Attempt.objects.filter(submission_id=OuterRef("id")).order_by("-number")
    return rows.select_related("config__source", "obligation").annotate(
        tries=Count("attempts"), last_message=Subquery(last.values("message")[:1])
    )


def _waiting(row: ComplianceData) -> Waiting:
    tries = int(getattr(row, "tries", 0))
    kind = kind_of(is_taken=row.taken_at is not None, attempts=tries)
    held = Held(kind, row.held_reason, row.slot_at, row.evidence, row.document)
    return Waiting(row, held, tries, str(getattr(row, "last_message", None) or ""))
