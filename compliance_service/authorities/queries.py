from collections.abc import Sequence

from compliance_service.authorities.models import ComplianceSource


def sources(*, after: str = "", limit: int) -> Sequence[ComplianceSource]:
    return list(ComplianceSource.objects.filter(code__gt=after).order_by("code")[:limit])


def active_source(code: str) -> ComplianceSource | None:
    return ComplianceSource.objects.filter(code=code, is_active=True).first()
