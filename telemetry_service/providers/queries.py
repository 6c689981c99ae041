from collections.abc import Mapping
from typing import Any
from uuid import UUID

from telemetry_service.providers.engine.parse import parse_row
from telemetry_service.providers.engine.row import Row
from telemetry_service.providers.models import Provider


def find_provider(provider_id: UUID) -> Provider | None:
    return Provider.objects.filter(id=provider_id).first()


def providers_page(*, after: str, limit: int) -> list[Provider]:
    """Accounts by name, those after `after`."""
    return list(Provider.objects.filter(name__gt=after).order_by("name")[:limit])


def row_of(provider: Provider) -> Row:
    config: Mapping[str, Any] = provider.config
    return parse_row(config)
