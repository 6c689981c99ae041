"""What the history shows, and to whom."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from compliance_service.authorities.sma.defaults import CODE
from compliance_service.authorities.sma.terms import devices_of
from compliance_service.history.models import HistoryCredential
from compliance_service.obligations.models import ComplianceConfig, Outcome
from compliance_service.submissions.models import ComplianceData

# A day has 1,440 stamps.
MOST_STAMPS = 2_000


def credentials(*, after: tuple[datetime, UUID] | None, limit: int) -> Sequence[HistoryCredential]:
    """The newest first."""
    rows = HistoryCredential.objects.order_by("-issued_at", "-id")
    if after:
        at, credential_id = after
        rows = rows.filter(issued_at__lte=at).exclude(issued_at=at, id__gte=credential_id)
    return list(rows[:limit])


def credential_of(credential_id: UUID) -> HistoryCredential | None:
    """One that is not revoked."""
    return HistoryCredential.objects.filter(id=credential_id, revoked_at=None).first()


def process_of(company_rut: str, *, work_code: str) -> ComplianceConfig | None:
    """A proceso that the company reports."""
    found = ComplianceConfig.objects.filter(source_id=CODE, company_rut=company_rut, work_code=work_code)
    return found.first()


def has_device(config: ComplianceConfig, device: str) -> bool:
    return any(one.id == device for one in devices_of(config.terms))


def registros(config: ComplianceConfig, *, device: str, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """What there is of the device in [start, end), by stamp: what was reported, and what is still to be.

    What a person decided not to report is left out.
    """
    rows = ComplianceData.objects.filter(config_id=config.id, slot_at__gte=start, slot_at__lt=end).exclude(document={})
    rows = rows.exclude(obligation__outcome=Outcome.EXPLAINED, receipt=None)
    documents = rows.order_by("slot_at").values_list("document", flat=True)[:MOST_STAMPS]
    found = [
        parameter
        for document in documents
        for row in document["registros"]
        if row["dispositivoId"] == device
        for parameter in row["parametros"]
    ]
    return [{"dispositivoId": device, "parametros": found}] if found else []
