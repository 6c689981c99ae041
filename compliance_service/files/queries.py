"""What is ready to be brought to the regulator by a person, and what was."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from compliance_service.files.columns import Row
from compliance_service.files.models import Upload
from compliance_service.obligations.models import Outcome
from compliance_service.submissions.models import ComplianceData
from compliance_service.submissions.states import Status

NOT_FIELDS = ("fechaMedicion", "horaMedicion")


def ready(config_id: UUID, *, start: datetime, end: datetime) -> list[ComplianceData]:
    """The hours of [start, end) whose document is made and waits, the oldest first."""
    rows = ComplianceData.objects.filter(config_id=config_id, status=Status.PENDING.value)
    rows = rows.filter(obligation__outcome=Outcome.OPEN, slot_at__gte=start, slot_at__lt=end)
    return list(rows.select_related("config").order_by("slot_at"))


def at_hours(config_id: UUID, slots: Collection[datetime]) -> dict[datetime, ComplianceData]:
    rows = ComplianceData.objects.filter(config_id=config_id, slot_at__in=list(slots))
    return {row.slot_at: row for row in rows.select_related("config")}


def row_of(submission: ComplianceData) -> Row:
    fields = {name: said for name, said in submission.document.items() if name not in NOT_FIELDS}
    return Row(submission.slot_at, fields)


def uploads(config_id: UUID, *, after: int, limit: int) -> list[Upload]:
    """The newest first; `after` 0 is from the newest on."""
    rows = Upload.objects.filter(config_id=config_id).defer("content").order_by("-id")
    return list((rows.filter(id__lt=after) if after else rows)[:limit])
